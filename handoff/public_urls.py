from django.urls import path

from handoff.meetings.views import feed, guest, public

urlpatterns = [
    path("m/<uuid:public_id>/", public.meeting_page, name="meeting_page"),
    path("m/<uuid:public_id>/<str:language>/", public.meeting_page, name="meeting_page_in"),
    path(
        "m/<uuid:public_id>/<str:language>/challenge/",
        public.meeting_challenge,
        name="meeting_challenge",
    ),
    path("m/mine/<str:token>/", guest.meeting_manage, name="meeting_manage"),
    path("m/mine/<str:token>/cancel/", guest.meeting_cancel, name="meeting_cancel"),
    path("m/mine/<str:token>/move/", guest.meeting_move, name="meeting_move"),
    path("m/calendar/<str:secret>.ics", feed.meeting_feed, name="meeting_feed"),
]
