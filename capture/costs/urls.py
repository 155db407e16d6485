from django.urls import path

from capture.costs import views

urlpatterns = [
    path("generate/costs/", views.cost_list, name="cost_list"),
    path("generate/costs/import/", views.import_costs, name="import_costs"),
    path(
        "generate/costs/changes/<uuid:public_id>/undo/", views.undo_cost_change, name="undo_costs"
    ),
    path(
        "generate/campaigns/<uuid:public_id>/costs/import/",
        views.import_costs,
        name="import_campaign_costs",
    ),
]
