"""What leads do with sales that tells that they want to buy."""

from django.utils.translation import gettext_lazy as _

from handoff.activities import MEETING_ASKED, MEETING_BOOKED, MEETING_HELD
from leads.buying_signals import register_signal

register_signal("meeting.booked", _("Booked a meeting"), MEETING_BOOKED)
register_signal("meeting.asked", _("Asked for a meeting"), MEETING_ASKED)
register_signal("meeting.held", _("Met us"), MEETING_HELD, is_usual=False)
