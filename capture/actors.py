"""In whose name leads come in: by the public door, by files."""

from django.utils.translation import gettext_lazy as _

from accounts.actor import system_actor
from accounts.rights import Right

CAPTURE = system_actor(
    "capture",
    Right.LEADS_CREATE,
    Right.LEADS_EDIT,
    Right.CONSENT_ADD,
    Right.CONSENT_WITHDRAW,
    Right.STAGE_MARKETING,
    shown=_("Capture"),
)
IMPORTER = system_actor(
    "import",
    Right.LEADS_IMPORT,
    Right.LEADS_CREATE,
    Right.LEADS_EDIT,
    Right.NOTES_ADD,
    Right.STAGE_MARKETING,
    Right.CONSENT_ADD,
    shown=_("Import"),
)
