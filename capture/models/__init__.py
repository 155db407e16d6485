from capture.imports.models import DueImport, ImportRow, ImportState, LeadImport
from capture.models.campaigns import Campaign, CampaignKind, CampaignState, Cost, CostKind
from capture.models.forms import Form, FormDay, FormKind, FormState, FormVersion
from capture.models.posts import ClickVerdict, LinkClick, LinkDay, Network, Post, ShortLink
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
    "Cost",
    "CostKind",
    "CountedDay",
    "DueImport",
    "DueSubmission",
    "Form",
    "FormDay",
    "FormKind",
    "FormState",
    "FormVersion",
    "ImportRow",
    "ImportState",
    "LeadImport",
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
    "Submission",
    "SubmissionState",
    "Touch",
    "TouchPosition",
    "TrackingSettings",
    "Visitor",
]
