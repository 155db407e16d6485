"""What hand-over writes into the audit log."""

from django.utils.translation import gettext_lazy as _

from accounts.audit import register_event

AGREEMENT_CHANGED = register_event("agreement.changed", _("Agreement changed"))
RULE_CREATED = register_event("assignment_rule.created", _("Assignment rule created"))
RULE_CHANGED = register_event("assignment_rule.changed", _("Assignment rule changed"))
RULE_DELETED = register_event("assignment_rule.deleted", _("Assignment rule deleted"))
MEETING_TYPE_CHANGED = register_event("meeting_type.changed", _("Type of meeting changed"))
MEETING_FEED_CHANGED = register_event("meeting_feed.changed", _("Secret calendar address changed"))
CALENDAR_CONNECTED = register_event("calendar.connected", _("Calendar connected"))
CALENDAR_REMOVED = register_event("calendar.removed", _("Calendar removed"))
