"""Every public post goes through the guard, or stands here with a reason."""

from uuid import uuid4

import pytest
from django.test import Client

from accounts.rights import Role
from capture.guard.doors import DOORS, FORM, SIGNED_HOOK, TRACK, UNSIGNED_HOOK, Check, Door
from capture.guard.throttle import Pace
from tests.capture.scene import answers, make_form
from tests.chat.scene import make_bot
from tests.connectors.scene import make_connection
from tests.factories import make_user
from tests.meetings.scene import make_type
from tests.rights.routes import routes
from tests.rights.rows import rows

pytestmark = pytest.mark.django_db

# Posts that anybody may send and that do not go through the guard: why.
ELSEWHERE = {
    "account_login": "counted by account and network in the database (A02)",
    "account_logout": "ends the session of whoever sends it, and no other",
    "account_reset_password": "counted in the database, equal answers (A03)",
    "account_reset_password_from_key": "behind a one-time secret that somebody was mailed",
    "accept_invitation": "behind a one-time secret that somebody was mailed",
    "mfa_authenticate": "behind a password, ten wrong codes close it (A05)",
    "preferences": "language and looks of the browser that sends it, kept there",
    "setup": "behind a one-time secret, once in the life of an installation",
    "csp_report": "counted in the database, and only ever a line of the log",
}


def _public_posts() -> set[str]:
    """Return the routes that take a post of somebody who is not signed in."""
    is_open = {row.route for row in rows().values() if row.method != "GET" and row.is_open}
    without_token = {
        route.name
        for route in routes()
        if getattr(route.view, "csrf_exempt", False) and not route.is_api
    }
    return is_open | without_token


def _address(name):
    form, signed = make_form(), make_connection("generic")
    kind = make_type(make_user(Role.SALES_REP))
    return {
        "public_form": f"/f/{form.public_id}/",
        "public_form_bare": f"/f/{form.public_id}",
        "hook": f"/hooks/generic/{signed.public_id}/",
        "hook_bare": f"/hooks/generic/{signed.public_id}",
        "hubspot_submit": "/submissions/v3/integration/submit/{}/{}".format(*_hubspot()),
        "track": "/t",
        "public_chat": f"/chat/{make_bot().public_id}/",
        "public_chat_say": f"/chat/{form.public_id}/say/",
        "event_registration": "/e/r/abc/",
        "meeting_page": f"/m/{kind.public_id}/",
        "meeting_page_in": f"/m/{kind.public_id}/en/",
        "meeting_cancel": "/m/mine/abc/cancel/",
        "meeting_move": "/m/mine/abc/move/",
        "content_page": f"/d/{uuid4()}/",
        "confirm_opt_in": "/confirm/abc/",
        "unsubscribe": f"/u/{uuid4().hex[:22]}/",
    }[name]


def _hubspot():
    given = {"portal_id": "1234567", "form_guid": str(uuid4())}
    made = make_connection("hubspot", settings=given)
    return made.settings["portal_id"], made.settings["form_guid"]


OPEN = sorted(_public_posts() - set(ELSEWHERE))


def test_every_route_that_is_excused_is_there():
    assert set(ELSEWHERE) - _public_posts() == set()


@pytest.mark.parametrize("name", OPEN)
def test_a_public_post_asks_the_guard_before_anything_else(name, monkeypatch):
    asked = []
    monkeypatch.setattr(Door, "enter", lambda door, request: asked.append(door) or Pace.REFUSED)

    response = Client().post(_address(name), {"e": "view"}, content_type="application/json")

    assert response.status_code == (204 if name == "track" else 429)
    assert len(asked) == 1
    assert asked[0] in DOORS.values()


@pytest.mark.case("C26")
@pytest.mark.case("R12")
def test_a_network_of_many_addresses_is_held_although_each_sends_little(monkeypatch):
    monkeypatch.setattr("capture.guard.throttle.monotonic", lambda: 1.0)
    form = make_form()
    body = answers(form)

    def post(number, network):
        sender = f"{network}.{number % 200}"
        data = {**body, "submission_id": str(uuid4()), "message": f"Nummer {number}"}
        return Client().post(f"/f/{form.public_id}/", data, REMOTE_ADDR=sender)

    crowd = [post(number, "203.0.113").status_code for number in range(125)]
    neighbour = post(1, "203.0.114")

    assert set(crowd) == {200}
    assert neighbour.status_code == 200
    states = list(form.submissions.order_by("received_at").values_list("state", flat=True))
    assert states == ["received"] * 120 + ["throttled"] * 5 + ["received"]


def test_an_ipv6_network_is_the_48_that_somebody_rents(rf):
    door = Door("test", "", network=TRACK.network.__class__(2))

    paces = [
        door.enter(rf.post("/", REMOTE_ADDR=address))
        for address in ("2001:db8:1:1::1", "2001:db8:1:2::1", "2001:db8:1:3::1", "2001:db8:2::1")
    ]

    assert paces == [Pace.FINE, Pace.FINE, Pace.HELD, Pace.FINE]


def test_doors_look_at_what_can_be_known_behind_them():
    words = {Check.LINKS, Check.NAMES, Check.ADDRESS, Check.SCRIPT, Check.REPEATED, Check.LEARNED}

    assert FORM.checks == set(Check)
    assert SIGNED_HOOK.checks == words
    assert UNSIGNED_HOOK.checks == words | {Check.TRAP, Check.MAILBOX}
    assert (FORM.threshold, SIGNED_HOOK.threshold) == (50, 100)
