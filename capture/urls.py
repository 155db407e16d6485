from django.urls import include, path

from capture.guard.views import guard
from capture.views import asking, campaigns, editor, forms, posts, settings, submissions, trials

urlpatterns = [
    path("capture/forms/", forms.form_list, name="form_list"),
    path("capture/first-lead/", forms.first_lead_card, name="first_lead"),
    path("capture/forms/new/", forms.form_create, name="form_create"),
    path("capture/forms/<uuid:public_id>/", editor.form_edit, name="form_edit"),
    path("capture/forms/<uuid:public_id>/settings/", forms.form_settings, name="form_settings"),
    path("capture/forms/<uuid:public_id>/results/", forms.form_results, name="form_results"),
    path("capture/forms/<uuid:public_id>/test/", trials.start_form_test, name="start_form_test"),
    path("capture/forms/<uuid:public_id>/test/end/", trials.end_form_test, name="end_form_test"),
    path("capture/forms/<uuid:public_id>/archive/", forms.archive_form, name="archive_form"),
    path(
        "capture/forms/<uuid:public_id>/preview.css",
        editor.form_preview_style,
        name="form_preview_style",
    ),
    path("capture/connectors/", include("capture.connectors.urls")),
    path("capture/submissions/", submissions.submission_list, name="submission_list"),
    path("capture/spam/", submissions.spam_list, name="spam_list"),
    path(
        "capture/submissions/release/", submissions.release_submission, name="release_submissions"
    ),
    path(
        "capture/submissions/discard/", submissions.discard_submission, name="discard_submissions"
    ),
    path("capture/submissions/undo/", submissions.undo_decisions, name="undo_decisions"),
    path("capture/spam/settings/", guard.guard_settings, name="guard_settings"),
    path("capture/spam/learned/reset/", guard.reset_learned, name="reset_learned"),
    path("capture/spam/digest/", guard.switch_digest, name="switch_digest"),
    path("capture/spam/confirmations/", guard.send_held_opt_ins, name="send_held_opt_ins"),
    path(
        "capture/submissions/<uuid:key>/", submissions.submission_detail, name="submission_detail"
    ),
    path(
        "capture/submissions/<uuid:key>/files/<str:name>/<int:number>/",
        submissions.submission_file,
        name="submission_file",
    ),
    path("leads/<uuid:public_id>/ask/<uuid:form_id>/", asking.ask_lead, name="ask_lead"),
    path("capture/tracking/", settings.tracking_settings, name="tracking_settings"),
    path("generate/posts/", posts.post_list, name="post_list"),
    path("generate/posts/export/", posts.post_export, name="post_export"),
    path("generate/posts/new/", posts.post_edit, name="post_create"),
    path("generate/posts/<uuid:public_id>/", posts.post_detail, name="post_detail"),
    path("generate/posts/<uuid:public_id>/change/", posts.post_edit, name="post_edit"),
    path("generate/posts/<uuid:public_id>/delete/", posts.delete_post, name="delete_post"),
    path("generate/posts/<uuid:public_id>/links/", posts.add_post_link, name="add_post_link"),
    path("generate/posts/<uuid:public_id>/likes/", posts.change_post_likes, name="post_likes"),
    path("generate/links/<uuid:public_id>/close/", posts.close_short_link, name="close_short_link"),
    path("generate/links/<uuid:public_id>/open/", posts.open_short_link, name="open_short_link"),
    path("generate/campaigns/", campaigns.campaign_list, name="campaign_list"),
    path("generate/campaigns/new/", campaigns.campaign_edit, name="campaign_create"),
    path("generate/campaigns/<uuid:public_id>/", campaigns.campaign_detail, name="campaign_detail"),
    path(
        "generate/campaigns/<uuid:public_id>/change/", campaigns.campaign_edit, name="campaign_edit"
    ),
    path(
        "generate/campaigns/<uuid:public_id>/costs/",
        campaigns.save_campaign_costs,
        name="save_campaign_costs",
    ),
    path("", include("capture.costs.urls")),
]
