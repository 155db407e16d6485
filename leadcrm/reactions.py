"""What follows from what: activity kind -> functions that insert due rows.

The functions run inside the transaction of the change and get the new activities.
"""

from capture.actions.pages import when_tagged
from capture.activities import (
    EVENT_CANCELLED,
    EVENT_MISSED,
    EVENT_REGISTERED,
    FORM_SUBMITTED,
    MAIL_RECEIVED,
    MESSAGE_RECEIVED,
    OPTIN_CONFIRMED,
    OPTIN_REQUESTED,
    REFERRAL_FOLLOWED,
    REPLY_ASKED,
)
from capture.chat.people import register_hours
from capture.connectors.mail.answers import register_outbox
from capture.guard.actions.digest import when_due
from capture.guard.flood import when_flooded
from handoff.activities import (
    HANDOFF_OFFERED,
    HANDOFF_REJECTED,
    MEETING_ASKED,
    MEETING_BOOKED,
    MEETING_CANCELLED,
    MEETING_HELD,
    MEETING_MISSED,
    MEETING_MOVED,
)
from handoff.autotasks import ask_for_callbacks, ask_for_replies
from handoff.models import RejectReason
from handoff.queries import is_at_work
from handoff.reactions import assign_held_back, assign_new_mqls, note_followed_links
from leads.actions.exports import when_ready
from leads.activities import (
    CONSENT_GRANTED,
    CONSENT_WITHDRAWN,
    INFORMATION_ENDED,
    LEAD_DELETED,
    LEAD_STAGE_CHANGED,
    NOTE_ADDED,
)
from leads.kinds import KINDS
from leads.members import when_moved
from leads.reactions import react
from nurturing import reactions as nurturing
from nurturing.triggers import register_rejection_reasons
from scoring.activities import THRESHOLD_CROSSED
from scoring.due import ask_for_scores, judge_anew

# What the lead did, and what changes who it is or whether it may be judged at all. Segments that
# keep members follow when nurturing looks at the lead, and again after its score.
for kind in KINDS.values():
    if kind.is_touch or kind.name.startswith(("lead.", "consent.", "episode.")):
        react(kind.name, ask_for_scores, nurturing.look_at_leads)
# What they did not do, or took back, tells something, too.
for name in (EVENT_REGISTERED, EVENT_MISSED, EVENT_CANCELLED):
    react(name, ask_for_scores, nurturing.look_at_leads)

# No touches of the lead, yet rules may ask for them.
for name in (MEETING_CANCELLED, MEETING_MISSED, MEETING_MOVED):
    react(name, ask_for_scores, nurturing.look_at_leads)

react(LEAD_STAGE_CHANGED, assign_new_mqls)
react(CONSENT_GRANTED, assign_held_back)
react(NOTE_ADDED, assign_held_back)
# A signal to buy lets go who only gathered information.
for name in (INFORMATION_ENDED, MEETING_BOOKED, MEETING_ASKED, MEETING_HELD):
    react(name, assign_held_back)
react(FORM_SUBMITTED, assign_held_back, ask_for_callbacks)
react(MESSAGE_RECEIVED, assign_held_back, ask_for_replies)

react(REFERRAL_FOLLOWED, note_followed_links)
react(MAIL_RECEIVED, assign_held_back, ask_for_replies)

react(THRESHOLD_CROSSED, nurturing.look_at_leads)
react(LEAD_STAGE_CHANGED, nurturing.leave_at_stage)
react(LEAD_DELETED, nurturing.leave_when_deleted)
react(CONSENT_WITHDRAWN, nurturing.leave_without_consent)
react(HANDOFF_OFFERED, nurturing.leave_when_handed_over)
react(HANDOFF_REJECTED, nurturing.enter_after_rejection)
react(FORM_SUBMITTED, nurturing.enter_after_form)
react(OPTIN_REQUESTED, nurturing.send_opt_in_mails)
react(REPLY_ASKED, nurturing.send_replies)
react(OPTIN_CONFIRMED, nurturing.welcome_confirmed)

when_moved(nurturing.look_at_moved)
when_ready(nurturing.tell_of_export)
register_hours(is_at_work)
when_due(nurturing.tell_what_is_held)
when_flooded(nurturing.tell_of_flood)
register_outbox(nurturing.OUTBOX)

register_rejection_reasons(
    lambda: [(str(value), str(label)) for value, label in RejectReason.choices]
)
when_tagged(judge_anew)
