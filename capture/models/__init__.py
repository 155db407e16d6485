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

__all__ = [
    "HELD",
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
    "CostKind",
    "CountedDay",
    "Download",
    "DueChat",
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
    "FormTest",
    "FormVersion",
    "HookEvent",
    "ImportRow",
    "ImportState",
    "JourneyPhase",
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
    "Signal",
    "SocialProfile",
    "Submission",
    "SubmissionState",
    "Touch",
    "TouchPosition",
    "TrackingSettings",
    "Visitor",
]
