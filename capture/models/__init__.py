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
from capture.health.models import FormHealth
from capture.imports.models import DueImport, ImportRow, ImportState, LeadImport
from capture.models.campaigns import Campaign, CampaignKind, CampaignState, Cost, CostKind
from capture.models.forms import Form, FormDay, FormKind, FormState, FormVersion
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
from capture.referrals.models import ReferralLink

__all__ = [
    "HELD",
    "AttendanceList",
    "Campaign",
    "CampaignKind",
    "CampaignState",
    "ClickVerdict",
    "Connection",
    "Content",
    "ContentFile",
    "ContentKind",
    "Cost",
    "CostKind",
    "CountedDay",
    "Download",
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
    "FormVersion",
    "HookEvent",
    "ImportRow",
    "ImportState",
    "JourneyPhase",
    "LeadImport",
    "LinkClick",
    "LinkDay",
    "MailKind",
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
    "Signal",
    "SocialProfile",
    "Submission",
    "SubmissionState",
    "Touch",
    "TouchPosition",
    "TrackingSettings",
    "Visitor",
]
