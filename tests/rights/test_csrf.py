import pytest
from django.test import Client

from accounts.rights import Role
from tests.rights.asking import address_of, recorded_writes, undone
from tests.rights.routes import routes
from tests.rights.rows import rows
from tests.rights.world import World

# Posts that no page of ours sends, each protected in its own way.
WITHOUT_TOKEN = {
    "csp_report",  # sent by the browser, only logged
    "public_form",  # forms on other websites; insert-only
    "public_form_bare",
    "hook",  # other systems, signed or insert-only
    "hook_bare",
    "hubspot_submit",  # forms on other websites; insert-only
    "track",  # visits; insert-only
    "public_chat",  # the secret of the talk is the authority; adds to it
    "public_chat_say",
    "content_page",  # the link is the authority; counts a download
    "meeting_page",  # visitors book without cookies; insert-only
    "meeting_page_in",
    "meeting_cancel",  # the link in the mail is the authority
    "meeting_move",
    "event_registration",  # the link is the authority; gives a place back
    "confirm_opt_in",  # the address itself is the secret
    "unsubscribe",  # RFC 8058: one click of the mail program, no cookie
}
POSTS = [row for row in rows().values() if row.method == "POST" and not row.is_api]


def test_only_the_listed_routes_take_a_post_without_token():
    exempt = {
        route.name
        for route in routes()
        if getattr(route.view, "csrf_exempt", False) and not route.is_api
    }

    assert exempt == WITHOUT_TOKEN


@pytest.mark.case("A07")
@pytest.mark.django_db
@pytest.mark.parametrize(
    "row", [row for row in POSTS if row.route not in WITHOUT_TOKEN], ids=lambda row: row.route
)
@pytest.mark.parametrize("origin", [None, "https://evil.example"])
def test_a_post_from_elsewhere_is_refused(row, origin):
    with undone():
        world = World()
        client = Client(enforce_csrf_checks=True, headers={"Origin": origin} if origin else {})
        client.cookies = world.client(Role.ADMIN).cookies
        address = address_of(row, world, Role.ADMIN, "own")
        with recorded_writes() as written:
            response = client.post(address, row.data)

    assert response.status_code == 403
    assert "This form has expired" in response.content.decode()
    assert written == []
