from capture.chat.models import (
    Author,
    Chat,
    ChatMessage,
    ChatPresence,
    ChatSettings,
    ChatSnippet,
    ChatState,
    DueChat,
)
from capture.connectors.mail.models import Mailbox
from capture.connectors.models import (
    Connection,
    DueHookEvent,
    DueHookFetch,
    EventState,
    HookEvent,
)
from capture.connectors.social import Signal, SocialProfile
from capture.content.models import Content, ContentFile, ContentKind, Download, JourneyPhase
from capture.events.models import (
    AttendanceList,
    DueEventMail,
    DueSeat,
    Event,
    EventKind,
    EventMail,
    EventRegistration,
    MailKind,
    RegistrationState,
)
from capture.guard.models import (
    Decision,
    DigestReader,
    GuardSettings,
    LearnedSign,
    MailDomain,
    Sighting,
)
from capture.health.models import FormHealth
from capture.imports.models import DueImport, ImportRow, ImportState, LeadImport
from capture.models.campaigns import Campaign, CampaignKind, CampaignState
from capture.models.costs import ASKED_KINDS, Cost, CostChange, CostKind
from capture.models.forms import Form, FormDay, FormKind, FormState, FormTest, FormVersion
from capture.models.posts import ClickVerdict, LinkClick, LinkDay, Network, Post, ShortLink
from capture.models.replies import FormReply
from capture.models.submissions import HELD, DueSubmission, OptIn, Submission, SubmissionState
from capture.models.tracking import CountedDay, Page, PageDay, TrackingSettings
from capture.models.visits import (
    PageEvent,
    PageEventKind,
    PageView,
    Touch,
    TouchPosition,
    Visitor,
)
from capture.quick.models import LeadPhoto
from capture.referrals.models import ReferralLink

__all__ = [
    "ASKED_KINDS",
    "HELD",
    "AttendanceList",
    "Author",
    "Campaign",
    "CampaignKind",
    "CampaignState",
    "Chat",
    "ChatMessage",
    "ChatPresence",
    "ChatSettings",
    "ChatSnippet",
    "ChatState",
    "ClickVerdict",
    "Connection",
    "Content",
    "ContentFile",
    "ContentKind",
    "Cost",
    "CostChange",
    "CostKind",
    "CountedDay",
    "Decision",
    "DigestReader",
    "Download",
    "DueChat",
    "DueEventMail",
    "DueHookEvent",
    "DueHookFetch",
    "DueImport",
    "DueSeat",
    "DueSubmission",
    "Event",
    "EventKind",
    "EventMail",
    "EventRegistration",
    "EventState",
    "Form",
    "FormDay",
    "FormHealth",
    "FormKind",
    "FormReply",
    "FormState",
    "FormTest",
    "FormVersion",
    "GuardSettings",
    "HookEvent",
    "ImportRow",
    "ImportState",
    "JourneyPhase",
    "LeadImport",
    "LeadPhoto",
    "LearnedSign",
    "LinkClick",
    "LinkDay",
    "MailDomain",
    "MailKind",
    "Mailbox",
    "Network",
    "OptIn",
    "Page",
    "PageDay",
    "PageEvent",
    "PageEventKind",
    "PageView",
    "Post",
    "ReferralLink",
    "RegistrationState",
    "ShortLink",
    "Sighting",
    "Signal",
    "SocialProfile",
    "Submission",
    "SubmissionState",
    "Touch",
    "TouchPosition",
    "TrackingSettings",
    "Visitor",
]
