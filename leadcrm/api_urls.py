"""The address plan of the API, ``/api/v1/``."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from capture import api as capture
from capture import post_api as posts
from capture.events import api as events
from handoff import api as handoff
from handoff import lead_api as sales
from handoff import meeting_api as meetings
from leadcrm.api_docs import api_docs
from leads import api as leads
from leads import segment_api as segments
from reports.pages import api as pages
from reports.stages import api as stages
from scoring import api as scoring
from scoring.backtest import api as backtests

urlpatterns = [
    path(
        "schema/",
        SpectacularAPIView.as_view(
            permission_classes=[], authentication_classes=[], throttle_classes=[]
        ),
        name="api_schema",
    ),
    path("docs/", api_docs, name="api_docs"),
    path("leads/", leads.LeadList.as_view(), name="api_lead_list"),
    path("leads/bulk/", leads.LeadBulk.as_view(), name="api_lead_bulk"),
    path("leads/<uuid:id>/", leads.LeadDetail.as_view(), name="api_lead_detail"),
    path("leads/<uuid:id>/timeline/", leads.LeadTimeline.as_view(), name="api_lead_timeline"),
    path("leads/<uuid:id>/notes/", leads.LeadNotes.as_view(), name="api_lead_notes"),
    path("leads/<uuid:id>/stage/", leads.LeadStage.as_view(), name="api_lead_stage"),
    path("leads/<uuid:id>/owner/", leads.LeadOwner.as_view(), name="api_lead_owner"),
    path("leads/<uuid:id>/consents/", leads.LeadConsents.as_view(), name="api_lead_consents"),
    path("segments/", segments.SegmentList.as_view(), name="api_segment_list"),
    path(
        "segments/<uuid:id>/members/",
        segments.SegmentMembers.as_view(),
        name="api_segment_members",
    ),
    path("leads/<uuid:id>/score/", scoring.LeadScore.as_view(), name="api_lead_score"),
    path("leads/<uuid:id>/calls/", sales.LeadCalls.as_view(), name="api_lead_calls"),
    path("leads/<uuid:id>/referrals/", sales.LeadReferrals.as_view(), name="api_lead_referrals"),
    path(
        "leads/<uuid:id>/satisfaction/",
        sales.LeadSatisfaction.as_view(),
        name="api_lead_satisfaction",
    ),
    path("backtests/", backtests.BacktestList.as_view(), name="api_backtest_list"),
    path("backtests/<uuid:id>/", backtests.BacktestDetail.as_view(), name="api_backtest"),
    path("forms/", capture.FormList.as_view(), name="api_form_list"),
    path("forms/<uuid:id>/", capture.FormDetail.as_view(), name="api_form_detail"),
    path("submissions/", capture.SubmissionList.as_view(), name="api_submission_list"),
    path("submissions/<uuid:id>/", capture.SubmissionDetail.as_view(), name="api_submission"),
    path("posts/", posts.PostList.as_view(), name="api_post_list"),
    path("posts/<uuid:id>/", posts.PostDetail.as_view(), name="api_post_detail"),
    path("events/", events.EventList.as_view(), name="api_event_list"),
    path("events/<uuid:id>/", events.EventDetail.as_view(), name="api_event_detail"),
    path(
        "events/<uuid:id>/registrations/",
        events.EventRegistrations.as_view(),
        name="api_event_registrations",
    ),
    path(
        "events/<uuid:id>/attendance/",
        events.EventAttendance.as_view(),
        name="api_event_attendance",
    ),
    path("pages/", pages.PageList.as_view(), name="api_page_list"),
    path("funnel/", stages.FunnelFigures.as_view(), name="api_funnel"),
    path("handoffs/", handoff.HandoffList.as_view(), name="api_handoff_list"),
    path("handoffs/<uuid:id>/", handoff.HandoffDetail.as_view(), name="api_handoff_detail"),
    path("handoffs/<uuid:id>/accept/", handoff.HandoffAccept.as_view(), name="api_handoff_accept"),
    path("handoffs/<uuid:id>/reject/", handoff.HandoffReject.as_view(), name="api_handoff_reject"),
    path("meetings/", meetings.MeetingList.as_view(), name="api_meeting_list"),
    path("meetings/<uuid:id>/", meetings.MeetingDetail.as_view(), name="api_meeting_detail"),
    path("opportunities/", handoff.OpportunityList.as_view(), name="api_deal_list"),
    path("opportunities/<uuid:id>/", handoff.OpportunityDetail.as_view(), name="api_deal_detail"),
    path("opportunities/<uuid:id>/win/", handoff.OpportunityWin.as_view(), name="api_deal_win"),
    path("opportunities/<uuid:id>/lose/", handoff.OpportunityLose.as_view(), name="api_deal_lose"),
]
