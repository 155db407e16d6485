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
from capture.models.campaigns import Campaign, CampaignKind, CampaignState, Cost, CostKind
from capture.models.forms import Form, FormDay, FormKind, FormState, FormVersion
from capture.models.replies import FormReply
from capture.models.submissions import HELD, DueSubmission, OptIn, Submission, SubmissionState
from capture.models.visits import PageView, Touch, TouchPosition, Visitor

__all__ = [
    "HELD",
    "Campaign",
    "CampaignKind",
    "CampaignState",
    "Connection",
    "Content",
    "ContentFile",
    "ContentKind",
    "Cost",
    "CostKind",
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
    "OptIn",
    "PageView",
    "Signal",
    "SocialProfile",
    "Submission",
    "SubmissionState",
    "Touch",
    "TouchPosition",
    "Visitor",
]
