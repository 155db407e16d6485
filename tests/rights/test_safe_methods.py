"""Reading changes nothing: mail gateways and browsers follow every link they see."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.actions.first_start import make_setup_link
from accounts.rights import Role
from tests.factories import EVERYTHING
from tests.rights.asking import address_of, recorded_writes, undone
from tests.rights.rows import Row, rows
from tests.rights.world import World

# What reading must leave behind; each with its reason.
BOOKS = {
    "lead_export": {"INSERT accounts_auditentry"},  # every export is logged
    "registration_export": {"INSERT accounts_auditentry"},
    "export_download": {"INSERT accounts_auditentry"},
    # How often a form was shown, asked for by the form itself.
    "public_form_challenge": {"INSERT capture_formday", "UPDATE capture_formday"},
    # A raw hit on a mail to somebody who agreed to measuring; nothing of the lead changes.
    "follow_link": {"INSERT nurturing_mailevent", "INSERT nurturing_dueverdict"},
    # That a link in a post was followed, by whomever; it belongs to no lead.
    "short_link": {"INSERT capture_linkclick"},
    "open_pixel": {"INSERT nurturing_mailevent", "INSERT nurturing_dueverdict"},
}
# Pages that the world of these tests does not have: the demo's, and the set-up, asked below.
NOT_THERE = {"demo_mails", "demo_mail", "demo_mail_html", "setup"}
PAGES = [row for row in rows().values() if row.method == "GET"]


def written_by(row: Row, method: str, caller: str) -> set[str]:
    with undone():
        world = World()
        client = world.client(caller)
        address = address_of(row, world, caller, "own")
        with recorded_writes() as written:
            response = getattr(client, method)(address, headers=row.headers)
            if response.streaming:
                b"".join(response.streaming_content)
    return set(written)


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("row", PAGES, ids=lambda row: row.route)
def test_reading_a_page_writes_nothing(row, method):
    callers = ["leads:read", "rep"] if row.is_api else ["anonymous", Role.ADMIN]

    written = set().union(*(written_by(row, method, caller) for caller in callers))

    assert written <= BOOKS.get(row.route, set())


def test_every_other_page_is_there_when_it_is_read():
    """A page that is not found writes nothing whatever it does."""
    absent = {row.route for row in PAGES if row.answers["anonymous"][0] == 404}

    assert absent == NOT_THERE


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "status"), [("get", 200), ("head", 405)])
def test_reading_the_set_up_before_there_is_a_person_writes_nothing(method, status):
    token = make_setup_link(by=EVERYTHING, as_of=timezone.now())

    with recorded_writes() as written:
        response = getattr(Client(), method)(reverse("setup", args=[token]))

    assert (response.status_code, written) == (status, [])
