from django.urls import include, path

from leadcrm import health, styleguide, views
from leadcrm.csp import csp_report
from leadcrm.demo import views as demo
from leadcrm.setup.views import clear_sample_data, wizard
from leadcrm.stuck.views import decide_stuck, stuck_items

urlpatterns = [
    # First, as these are asked for most: a form at the end of all others costs 0.2 ms more a post.
    path("", include("capture.public_urls")),
    path("", include("handoff.public_urls")),
    path("", views.home, name="home"),
    path("setup/samples/clear/", clear_sample_data, name="clear_samples"),
    path("setup/<str:token>/", wizard, name="setup"),
    path("healthz", health.healthz, name="healthz"),
    path("healthz/ready", health.ready, name="healthz_ready"),
    path("metrics", health.metrics, name="metrics"),
    path("demo/mails/", demo.demo_mails, name="demo_mails"),
    path("demo/mails/<slug:name>/", demo.demo_mail, name="demo_mail"),
    path("demo/mails/<slug:name>/html/", demo.demo_mail_html, name="demo_mail_html"),
    path("settings/stuck/", stuck_items, name="stuck_items"),
    path("settings/stuck/<slug:verb>/", decide_stuck, name="decide_stuck"),
    path("csp/", csp_report, name="csp_report"),
    path("api/v1/", include("leadcrm.api_urls")),
    path("", include("accounts.urls")),
    path("", include("capture.imports.urls")),
    path("", include("capture.quick.urls")),
    path("", include("leads.urls")),
    path("", include("scoring.urls")),
    path("", include("handoff.urls")),
    path("", include("capture.content.urls")),
    path("", include("capture.chat.urls")),
    path("", include("capture.events.urls")),
    path("", include("capture.urls")),
    path("", include("reports.urls")),
    path("", include("nurturing.urls")),
    path("manifest.webmanifest", views.manifest, name="manifest"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("palette/", views.palette, name="palette"),
    path("session/", views.session, name="session"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
    path("styleguide/dialog/", styleguide.sample_dialog, name="styleguide_dialog"),
    path("styleguide/listing/", styleguide.sample_list, name="styleguide_listing"),
]

handler400 = views.bad_request
handler403 = views.forbidden
handler404 = views.not_found
handler500 = views.broken
