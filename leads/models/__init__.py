from leads.models.catalogue import (
    FieldDefinition,
    FieldType,
    ProfileSettings,
    SavedView,
    Tag,
)
from leads.models.consent import (
    Consent,
    ConsentChannel,
    ConsentEvent,
    ConsentPurpose,
    ConsentState,
)
from leads.models.exports import DueExport, ExportState, LeadExport
from leads.models.identity import Identifier, IdentifierKind, Merge
from leads.models.information import InformationMark, InformationSettings, MarkSource
from leads.models.lead import Company, Lead
from leads.models.lifecycle import Episode, StageChange, StageTarget
from leads.models.position import PositionRule
from leads.models.search import SearchText
from leads.models.segments import (
    DueMember,
    DueSegment,
    Segment,
    SegmentGroup,
    SegmentKind,
    SegmentMember,
    SegmentSize,
)
from leads.models.timeline import Activity, Note

__all__ = [
    "Activity",
    "Company",
    "Consent",
    "ConsentChannel",
    "ConsentEvent",
    "ConsentPurpose",
    "ConsentState",
    "DueExport",
    "DueMember",
    "DueSegment",
    "Episode",
    "ExportState",
    "FieldDefinition",
    "FieldType",
    "Identifier",
    "IdentifierKind",
    "InformationMark",
    "InformationSettings",
    "Lead",
    "LeadExport",
    "MarkSource",
    "Merge",
    "Note",
    "PositionRule",
    "ProfileSettings",
    "SavedView",
    "SearchText",
    "Segment",
    "SegmentGroup",
    "SegmentKind",
    "SegmentMember",
    "SegmentSize",
    "StageChange",
    "StageTarget",
    "Tag",
]
