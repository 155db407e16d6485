from django.utils.translation import gettext_lazy as _

from accounts.rights import Right
from ground.navigation import Entry, register_entry

register_entry(Entry("settings", _("My profile"), "profile", "user-circle", order=10))
register_entry(
    Entry(
        "settings", _("Organisation"), "organisation", "building", Right.SETTINGS_MANAGE, order=20
    )
)
register_entry(Entry("settings", _("People"), "people", "users", Right.USERS_MANAGE, order=30))
register_entry(Entry("settings", _("Teams"), "teams", "users-group", Right.USERS_MANAGE, order=31))
register_entry(Entry("settings", _("API tokens"), "tokens", "key", Right.USERS_MANAGE, order=80))
register_entry(
    Entry("settings", _("Audit log"), "audit_log", "shield-check", Right.AUDIT_READ, order=90)
)
