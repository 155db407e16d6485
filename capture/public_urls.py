from django.urls import include, path

from capture.content.public import content_page
from capture.events.public import event_calendar, event_registration
from capture.referrals.public import follow_referral_link
from capture.views import confirm, embedding, hooks, public, short_links, tracking

urlpatterns = [
    path("f/<uuid:public_id>/", public.public_form, name="public_form"),
    # A mistyped address must not lose a post to a redirect.
    path("f/<uuid:public_id>", public.public_form, name="public_form_bare"),
    path(
        "f/<uuid:public_id>/definition.json",
        embedding.form_definition,
        name="public_form_definition",
    ),
    path("f/<uuid:public_id>/challenge/", embedding.form_challenge, name="public_form_challenge"),
    path("f/<uuid:public_id>/p/<str:token>/", public.profile_form, name="profile_form"),
    path("f/<uuid:public_id>/form.css", embedding.form_style, name="public_form_style"),
    path("d/<str:token>/", content_page, name="content_page"),
    path("e/<uuid:public_id>/calendar.ics", event_calendar, name="event_calendar"),
    path("e/r/<str:token>/", event_registration, name="event_registration"),
    path("r/<str:code>/", follow_referral_link, name="referral_link"),
    path("confirm/<str:token>/", confirm.confirm_opt_in_page, name="confirm_opt_in"),
    path("hooks/<slug:connector>/<uuid:public_id>/", hooks.hook, name="hook"),
    # A mistyped address must not lose a post to a redirect.
    path("hooks/<slug:connector>/<uuid:public_id>", hooks.hook, name="hook_bare"),
    path(
        "submissions/v3/integration/submit/<slug:portal_id>/<slug:form_guid>",
        hooks.hubspot_submit,
        name="hubspot_submit",
    ),
    path("l/<str:code>", short_links.follow_short_link, name="short_link"),
    path("embed.js", embedding.embed_script, name="embed_script"),
    path("shapes.js", embedding.shapes_script, name="shapes_script"),
    path("t.js", embedding.tracking_script, name="tracking_script"),
    path("t", tracking.track, name="track"),
    path("", include("capture.chat.public_urls")),
]
