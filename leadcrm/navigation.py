from django.utils.translation import gettext_lazy as _

from accounts.rights import Right
from ground.navigation import Entry, register_entry

register_entry(Entry("home", _("Home"), "home", "home", order=1))
register_entry(
    Entry(
        "settings",
        _("Stuck items"),
        "stuck_items",
        "alert-triangle",
        Right.SETTINGS_MANAGE,
        order=85,
    )
)
