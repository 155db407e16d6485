from django.urls import path, register_converter
from django.urls.converters import StringConverter

from nurturing.views import (
    leads,
    mails,
    parts,
    public,
    sequences,
    sources,
    steps,
    suppressions,
    topics,
    tryout,
)


class TokenConverter(StringConverter):
    """A token as ``secrets.token_urlsafe`` makes them; nothing else asks the database."""

    regex = "[A-Za-z0-9_-]{1,64}"


register_converter(TokenConverter, "token")

SEQUENCE = "sequences/<uuid:public_id>/"
STEP = f"{SEQUENCE}steps/<slug:key>/"

urlpatterns = [
    path("c/<token:token>/", public.follow_link, name="follow_link"),
    path("o/<token:token>.gif", public.open_pixel, name="open_pixel"),
    path("u/<token:token>/", public.unsubscribe_page, name="unsubscribe"),
    path("sequences/", sequences.sequence_list, name="sequence_list"),
    path("sequences/new/", sequences.sequence_create, name="sequence_create"),
    path(SEQUENCE, sequences.sequence_editor, name="sequence_editor"),
    path(f"{SEQUENCE}activate/", sequences.sequence_activate, name="sequence_activate"),
    path(f"{SEQUENCE}pause/", sequences.sequence_pause, name="sequence_pause"),
    path(f"{SEQUENCE}delete/", sequences.sequence_delete, name="sequence_delete"),
    path(f"{SEQUENCE}settings/", parts.sequence_settings, name="sequence_settings"),
    path(f"{SEQUENCE}trigger/", parts.sequence_trigger, name="sequence_trigger"),
    path(f"{SEQUENCE}exits/", parts.sequence_exits, name="sequence_exits"),
    path(f"{SEQUENCE}undo/", steps.draft_undo, name="draft_undo"),
    path(f"{SEQUENCE}redo/", steps.draft_redo, name="draft_redo"),
    path(f"{SEQUENCE}tryout/", tryout.sequence_tryout, name="sequence_tryout"),
    path(f"{SEQUENCE}steps/", steps.step_add, name="step_add"),
    path(STEP, steps.step_show, name="step_show"),
    path(f"{STEP}save/", steps.step_save, name="step_save"),
    path(f"{STEP}move/", steps.step_move, name="step_move"),
    path(f"{STEP}delete/", steps.step_delete, name="step_delete"),
    path(f"{STEP}language/", steps.language_remove, name="language_remove"),
    path(f"{STEP}preview/", tryout.step_preview, name="step_preview"),
    path(f"{STEP}preview/<uuid:lead>/", tryout.step_preview_html, name="step_preview_html"),
    path(f"{STEP}test/", tryout.step_test, name="step_test"),
    path("mails/", mails.mail_list, name="mail_list"),
    path("mails/again/", mails.mails_again, name="mails_again"),
    path("mails/sent/", mails.mails_sent, name="mails_sent"),
    path("mails/<uuid:public_id>/", mails.mail_detail, name="mail_detail"),
    path("mails/<uuid:public_id>/html/", mails.mail_html, name="mail_html"),
    path("mails/<uuid:public_id>/replied/", mails.mail_replied, name="mail_replied"),
    path("topics/", topics.topic_list, name="topic_list"),
    path("topics/new/", topics.topic_edit, name="topic_create"),
    path("topics/<uuid:public_id>/", topics.topic_edit, name="topic_edit"),
    path("suppressions/", suppressions.suppressions, name="suppressions"),
    path("suppressions/add/", suppressions.suppression_add, name="suppression_add"),
    path("suppressions/lift/", suppressions.suppression_lift, name="suppression_lift"),
    path("suppressions/sources/", sources.suppression_sources, name="suppression_sources"),
    path(
        "suppressions/sources/lift/",
        sources.suppression_lift_source,
        name="suppression_lift_source",
    ),
    path("suppressions/alarms/<uuid:public_id>/", sources.bounces_accept, name="bounces_accept"),
    path("leads/<uuid:public_id>/enrol/", leads.lead_enrol, name="lead_enrol"),
    path("leads/<uuid:public_id>/mail/", leads.lead_mail, name="lead_mail"),
    path("enrolments/<uuid:public_id>/end/", leads.enrolment_end, name="enrolment_end"),
]
