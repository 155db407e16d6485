from django.urls import path

from scoring.views import backtests, lead_score, models, rules, versions

urlpatterns = [
    path("leads/<uuid:public_id>/score/", lead_score.lead_score, name="lead_score"),
    path("scoring/", models.scoring_models, name="scoring_models"),
    path("scoring/new/", models.scoring_model_create, name="scoring_model_create"),
    path("scoring/<uuid:public_id>/", models.scoring_model, name="scoring_model"),
    path("scoring/<uuid:public_id>/draft/", models.scoring_draft, name="scoring_draft"),
    path("scoring/versions/<uuid:public_id>/", versions.scoring_version, name="scoring_version"),
    path(
        "scoring/versions/<uuid:public_id>/limits/", versions.scoring_limits, name="scoring_limits"
    ),
    path(
        "scoring/versions/<uuid:public_id>/effect/", versions.scoring_effect, name="scoring_effect"
    ),
    path("scoring/versions/<uuid:public_id>/try/", versions.scoring_try, name="scoring_try"),
    path("scoring/<uuid:public_id>/quality/", backtests.scoring_quality, name="scoring_quality"),
    path(
        "scoring/versions/<uuid:public_id>/backtest/",
        backtests.scoring_backtest_new,
        name="scoring_backtest_new",
    ),
    path(
        "scoring/backtests/<uuid:public_id>/", backtests.scoring_backtest, name="scoring_backtest"
    ),
    path(
        "scoring/backtests/<uuid:public_id>/stop/",
        backtests.scoring_backtest_stop,
        name="scoring_backtest_stop",
    ),
    path(
        "scoring/versions/<uuid:public_id>/propose/",
        versions.scoring_propose,
        name="scoring_propose",
    ),
    path("scoring/versions/<uuid:public_id>/sign/", versions.scoring_sign, name="scoring_sign"),
    path(
        "scoring/versions/<uuid:public_id>/activate/",
        versions.scoring_activate,
        name="scoring_activate",
    ),
    path(
        "scoring/versions/<uuid:public_id>/discard/",
        versions.scoring_discard,
        name="scoring_discard",
    ),
    path(
        "scoring/versions/<uuid:public_id>/compare/", models.scoring_compare, name="scoring_compare"
    ),
    path("scoring/versions/<uuid:public_id>/json/", models.scoring_export, name="scoring_export"),
    path(
        "scoring/versions/<uuid:public_id>/rules/new/", rules.scoring_rule, name="scoring_rule_new"
    ),
    path(
        "scoring/versions/<uuid:public_id>/rules/fields/",
        rules.scoring_rule_fields,
        name="scoring_rule_fields",
    ),
    path(
        "scoring/versions/<uuid:public_id>/rules/effect/",
        rules.scoring_rule_effect,
        name="scoring_rule_effect",
    ),
    path(
        "scoring/versions/<uuid:public_id>/rules/<uuid:key>/",
        rules.scoring_rule,
        name="scoring_rule",
    ),
    path(
        "scoring/versions/<uuid:public_id>/rules/<uuid:key>/remove/",
        rules.scoring_rule_remove,
        name="scoring_rule_remove",
    ),
]
