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

__all__ = [
    "HELD",
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
    "Decision",
    "DigestReader",
    "Download",
    "DueHookEvent",
    "DueHookFetch",
    "DueImport",
    "DueSubmission",
    "EventState",
    "Form",
    "FormDay",
    "FormHealth",
    "FormKind",
    "FormReply",
    "FormState",
    "FormVersion",
    "GuardSettings",
    "HookEvent",
    "ImportRow",
    "ImportState",
    "JourneyPhase",
    "LeadImport",
    "LearnedSign",
    "LinkClick",
    "LinkDay",
    "MailDomain",
    "Mailbox",
    "Network",
    "OptIn",
    "Page",
    "PageDay",
    "PageEvent",
    "PageEventKind",
    "PageView",
    "Post",
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
