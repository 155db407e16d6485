"""No page, part, file or answer lets a text become markup, a script, a template or an address."""

from html.parser import HTMLParser
from urllib.parse import urlencode

import pytest
from allauth.mfa.totp.internal.auth import TOTP

from accounts.models import ApiToken
from accounts.rights import ApiScope, Role
from tests.factories import make_token
from tests.rights.rows import rows
from tests.rights.world import World
from tests.security.hostile import ADDRESS, PAYLOAD, every_page, poison, reading_address

pytestmark = pytest.mark.django_db
# HTML of the mail itself, shown in a frame that counts as another origin and runs nothing.
MAILS = {"mail_html", "step_preview_html"}
# What may be echoed: pages with a search, and those that lead on.
ECHOING = {"palette", "account_login", "account_reauthenticate", "lead_refine", "scoring_try"}
# Pages of the machine, of whom there are none here, and a link that is out of date by now.
NOT_THERE = {
    "submission_file": 404,  # its body is text now
    **dict.fromkeys(("setup", "demo_mails", "demo_mail", "demo_mail_html"), 404),
    **dict.fromkeys(("mfa_deactivate_totp", "mfa_view_recovery_codes"), 404),
    **dict.fromkeys(("mfa_download_recovery_codes",), 404),
    **dict.fromkeys(("account_login", "mfa_index", "mfa_authenticate", "mfa_reauthenticate"), 302),
    **dict.fromkeys(("lead_handoff_pulse", "queue_pulse"), 204),
    "favicon": 301,
    "follow_link": 400,  # the address that was stored is no web address any more
    "short_link": 404,  # likewise
    "referral_link": 404,  # its code is another one now
    "profile_form": 302,  # the lead has another address than the link was given to
    "chat_list_pulse": 204,
    "chat_pulse": 204,
    "healthz_ready": 503,
}
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


class Smuggled(HTMLParser):
    """Collects what can only have come out of a hostile text."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            address = "".join((value or "").split()).lower()
            is_address = name in {"href", "src", "action", "formaction", "data", "srcdoc"}
            is_script = is_address and address.startswith(("javascript:", "data:text", "vbscript:"))
            if "xss" in name or name.startswith("on") or is_script:
                self.found.append(f"<{tag} {name}={value}>")

    def handle_data(self, data):
        if "49${" in data or "}49" in data or ">49" in data:
            self.found.append(data[:80])


def smuggled(text):
    parser = Smuggled()
    parser.feed(text)
    return parser.found + [raw for raw in ("<xss", "<img xss") if raw in text]


def content_of(response):
    content = response.streaming_content if response.streaming else [response.content]
    return b"".join(content).decode(errors="replace")


@pytest.mark.case("X01")
@pytest.mark.case("X02")
@pytest.mark.case("X05")
@pytest.mark.case("X06")
def test_whatever_was_written_is_shown_as_text_on_every_page():
    world = World()
    client = world.client(Role.ADMIN)
    pages = every_page(world)
    poison()
    answers, shown, found = {}, set(), {}

    for name, (row, address) in pages.items():
        response = client.get(address, headers=row.headers)
        text = content_of(response)
        answers[name] = response.status_code
        if text.count("&lt;img xss") > 2:
            shown.add(name)
        if name in MAILS:
            assert "sandbox" in response["Content-Security-Policy"]
            assert "allow-scripts" not in response["Content-Security-Policy"]
            assert "allow-same-origin" not in response["Content-Security-Policy"]
        elif "html" in response["Content-Type"] and (problems := smuggled(text)):
            found[name] = problems[:5]

    assert found == {}
    assert {name: code for name, code in answers.items() if code != 200} == NOT_THERE
    assert {
        "lead_list", "lead_board", "lead_detail", "lead_timeline", "lead_edit", "lead_briefing",
        "queue", "work_next", "deal", "deal_list", "task_list", "audit_log", "submission_detail",
        "import_detail", "mail_list", "mail_detail", "sequence_editor", "step_show", "form_edit",
        "public_form", "confirm_opt_in", "unsubscribe", "people", "teams", "scoring_version",
        "handoff_list", "team_queue", "watchdog", "campaign_detail", "segment_edit", "home",
    } <= shown  # fmt: skip


@pytest.mark.case("X01")
@pytest.mark.case("X06")
def test_what_the_address_of_a_page_says_is_echoed_as_text():
    world = World()
    client = world.client(Role.ADMIN)
    asked = urlencode(
        dict.fromkeys(("q", "search", "state", "stage", "owner", "tag", "name", "kind"), PAYLOAD)
        | dict.fromkeys(("next", "back", "return"), ADDRESS)
    )
    pages = every_page(world)
    lists = {name: page for name, page in pages.items() if name.endswith("list") or name in ECHOING}
    echoed, found = 0, {}

    for name, (row, address) in lists.items():
        for part in ({}, {"HX-Request": "true"}):
            response = client.get(
                f"{address}{'&' if '?' in address else '?'}{asked}", headers={**row.headers, **part}
            )
            text = content_of(response)
            echoed += "&lt;img xss" in text
            assert response.status_code < 500
            if "html" in response["Content-Type"] and (problems := smuggled(text)):
                found[name] = problems[:5]

    assert found == {}
    assert echoed >= 10


@pytest.mark.case("Z12")
def test_no_page_and_no_answer_tells_a_secret(settings):
    settings.EMAIL_HOST_PASSWORD, settings.EMAIL_HOST_USER = "smtp-s3cret-pw", "smtp-us3r"
    settings.METRICS_TOKEN = ""
    world = World()
    client = world.client(Role.ADMIN)
    TOTP.activate(world.colleague, TOTP_SECRET)
    _token, key = make_token(world.people[Role.ADMIN], *ApiScope.values)
    secrets = {
        settings.SECRET_KEY,
        settings.SUPPRESSION_KEY,
        settings.EMAIL_HOST_PASSWORD,
        settings.EMAIL_HOST_USER,
        str(settings.DATABASES["default"].get("PASSWORD") or settings.SECRET_KEY),
        TOTP_SECRET,
        world.people[Role.ADMIN].password,
        world.people[Role.SALES_REP].password,
        key[13:],
        *ApiToken.objects.values_list("key_hash", flat=True),
    }
    pages = [
        (client, row, address)
        for name, (row, address) in every_page(world).items()
        if name not in {"styleguide", "styleguide_listing"}
    ]
    by_key = world.client("rep")
    by_key.defaults["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    calls = [row for row in rows().values() if row.is_api and row.method == "GET"]
    things = {}
    pages += [(by_key, row, reading_address(row, world, things)) for row in calls]

    told = {
        row.route: secret
        for asking, row, address in pages
        for answer in [asking.get(address, headers=row.headers)]
        for secret in secrets
        if secret in content_of(answer) or secret in str(answer.headers)
    }

    assert told == {}
    assert len(pages) > 150
