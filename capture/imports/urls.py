from django.urls import path

from capture.imports import views

urlpatterns = [
    path("leads/import/", views.import_list, name="import_list"),
    path("leads/import/new/", views.import_create, name="import_create"),
    path("leads/import/<uuid:public_id>/", views.import_detail, name="import_detail"),
    path("leads/import/<uuid:public_id>/list/", views.import_list_add, name="import_list_add"),
    path("leads/import/<uuid:public_id>/undo/", views.import_undo, name="import_undo"),
    path("leads/import/<uuid:public_id>/refused/", views.import_refused, name="import_refused"),
]
