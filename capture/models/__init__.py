from capture.imports.models import DueImport, ImportRow, ImportState, LeadImport
from capture.models.campaigns import Campaign, CampaignKind, CampaignState, Cost, CostKind
from capture.models.forms import Form, FormDay, FormKind, FormState, FormVersion
from capture.models.submissions import HELD, DueSubmission, OptIn, Submission, SubmissionState
from capture.models.visits import PageView, Touch, TouchPosition, Visitor

__all__ = [
    "HELD",
    "Campaign",
    "CampaignKind",
    "CampaignState",
    "Cost",
    "CostKind",
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
    "OptIn",
    "PageView",
    "Submission",
    "SubmissionState",
    "Touch",
    "TouchPosition",
    "Visitor",
]
