from django.urls import path

from capture.quick import views

urlpatterns = [
    path("leads/quick/", views.quick_entry, name="quick_entry"),
    path("leads/quick/matches/", views.quick_matches, name="quick_matches"),
    path("leads/photos/<uuid:public_id>/", views.lead_photo, name="lead_photo"),
]
