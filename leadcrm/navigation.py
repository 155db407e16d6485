from django.utils.translation import gettext_lazy as _

from ground.navigation import Entry, register_entry

register_entry(Entry("home", _("Home"), "home", "home", order=1))
