from capture.connectors.models import (
    Connection,
    DueHookEvent,
    DueHookFetch,
    EventState,
    HookEvent,
)
from capture.connectors.social import Signal, SocialProfile
from capture.content.models import Content, ContentFile, ContentKind, Download, JourneyPhase
from capture.health.models import FormHealth
from capture.imports.models import DueImport, ImportRow, ImportState, LeadImport
from capture.models.campaigns import Campaign, CampaignKind, CampaignState
from capture.models.costs import ASKED_KINDS, Cost, CostChange, CostKind
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
from capture.quick.models import LeadPhoto

__all__ = [
    "ASKED_KINDS",
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
    "CostChange",
    "CostKind",
    "CountedDay",
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
    "HookEvent",
    "ImportRow",
    "ImportState",
    "JourneyPhase",
    "LeadImport",
    "LeadPhoto",
    "LinkClick",
    "LinkDay",
    "Network",
    "OptIn",
    "Page",
    "PageDay",
    "PageEvent",
    "PageEventKind",
    "PageView",
    "Post",
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
