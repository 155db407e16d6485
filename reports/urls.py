from django.urls import path

from reports import views
from reports.costs import views as costs
from reports.needs import views as needs
from reports.pages import views as landing
from reports.stages import views as stages

urlpatterns = [
    path("reports/funnel/", views.report_funnel, name="report_funnel"),
    path("settings/stage-targets/", stages.stage_targets, name="stage_targets"),
    path("stages/", stages.stage_definition, name="stage_definition"),
    path("reports/sources/", views.report_sources, name="report_sources"),
    path("reports/sources/export/", views.report_sources_export, name="report_sources_export"),
    path("reports/networks/", views.report_networks, name="report_networks"),
    path("reports/networks/export/", views.report_networks_export, name="report_networks_export"),
    path("reports/referrers/", views.report_referrers, name="report_referrers"),
    path(
        "reports/referrers/export/", views.report_referrers_export, name="report_referrers_export"
    ),
    path("reports/acquisition/", views.report_acquisition, name="report_acquisition"),
    path(
        "reports/acquisition/export/",
        views.report_acquisition_export,
        name="report_acquisition_export",
    ),
    path("reports/needs/", needs.report_needs, name="report_needs"),
    path("reports/needs/export/", needs.report_needs_export, name="report_needs_export"),
    path("reports/costs/", costs.report_costs, name="report_costs"),
    path("reports/costs/export/", costs.report_costs_export, name="report_costs_export"),
    path(
        "reports/costs/sorted-out/export/",
        costs.report_sorted_out_export,
        name="report_sorted_out_export",
    ),
    path("reports/pages/", landing.report_pages, name="report_pages"),
    path("reports/pages/export/", landing.report_pages_export, name="report_pages_export"),
    path("reports/pages/<uuid:public_id>/", landing.report_page, name="report_page"),
    path("reports/pages/<uuid:public_id>/tags/", landing.page_tags, name="page_tags"),
]
