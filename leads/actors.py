"""In whose name leads are looked after by the clock."""

from django.utils.translation import gettext_lazy as _

from accounts.actor import system_actor
from accounts.rights import Right

# Removes the files of exports that are old.
EXPORTS = system_actor("exports", Right.LEADS_EXPORT, shown=_("Export"))
# Empties the bin.
BIN = system_actor("bin", Right.LEADS_DELETE, shown=_("Bin"))
