from django.urls import path

from capture.events import guest_views, list_views, views

urlpatterns = [
    path("generate/events/", views.event_list, name="event_list"),
    path("generate/events/new/", views.event_edit, name="event_create"),
    path("generate/events/<uuid:public_id>/", views.event_detail, name="event_detail"),
    path("generate/events/<uuid:public_id>/change/", views.event_edit, name="event_edit"),
    path("generate/events/<uuid:public_id>/cancel/", views.event_cancel, name="event_cancel"),
    path("generate/events/<uuid:public_id>/attendance/", views.event_mark, name="event_mark"),
    path(
        "generate/events/<uuid:public_id>/register/",
        guest_views.registration_create,
        name="registration_create",
    ),
    path(
        "generate/events/<uuid:public_id>/registrations.csv",
        guest_views.registration_export,
        name="registration_export",
    ),
    path(
        "generate/events/<uuid:public_id>/attendance/new/",
        list_views.attendance_create,
        name="attendance_create",
    ),
    path(
        "generate/attendance/<uuid:public_id>/",
        list_views.attendance_list,
        name="attendance_list",
    ),
    path(
        "generate/attendance/<uuid:public_id>/unmatched.csv",
        list_views.attendance_unmatched,
        name="attendance_unmatched",
    ),
]
