from django.urls import path

from reports import views

urlpatterns = [
    path("reports/funnel/", views.report_funnel, name="report_funnel"),
    path("reports/sources/", views.report_sources, name="report_sources"),
    path("reports/networks/", views.report_networks, name="report_networks"),
]
