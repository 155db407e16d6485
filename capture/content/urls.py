from django.urls import path

from capture.content import views

urlpatterns = [
    path("generate/content/", views.content_list, name="content_list"),
    path("generate/content/new/", views.content_edit, name="content_create"),
    path("generate/content/<uuid:public_id>/", views.content_detail, name="content_detail"),
    path("generate/content/<uuid:public_id>/change/", views.content_edit, name="content_edit"),
    path(
        "generate/content/<uuid:public_id>/archive/", views.content_archive, name="content_archive"
    ),
    path("generate/content/<uuid:public_id>/file/", views.content_file, name="content_file"),
]
