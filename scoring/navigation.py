from django.utils.translation import gettext_lazy as _

from accounts.rights import Right
from ground.navigation import Entry, register_entry
from ground.palette import Command, register_command

register_entry(Entry("qualify", _("Scoring"), "scoring_models", "gauge", Right.SCORING_READ, 20))
register_command(
    Command(
        _("Create a scoring model"),
        "scoring_model_create",
        "gauge",
        Right.SCORING_MANAGE,
        60,
    )
)
