from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from capture.actors import CAPTURE
from capture.guard import held
from capture.guard.actions.digest import next_monday, send_digests, want_digest
from capture.guard.actions.settings import change_guard
from capture.guard.models import DigestReader, GuardSettings
from capture.models import OptIn, Submission
from ground.errors import DomainError
from leads.models import Activity
from nurturing.models import Message
from tests.capture.scene import NEWSLETTER_CONSENT, make_form, submit
from tests.factories import EVERYTHING, make_user

pytestmark = pytest.mark.django_db
YES = {NEWSLETTER_CONSENT: "on"}


@pytest.fixture
def client(as_user, marketer):
    return as_user(marketer)


def codes(row):
    return [item["code"] for item in row.verdict["reasons"]]


def change(**values):
    return change_guard(by=EVERYTHING, as_of=timezone.now(), **values)


def test_a_domain_that_is_welcome_is_not_throw_away_and_one_that_is_not_is_held():
    change(allowed_domains=["mailinator.com"], denied_domains=["@evil.example"])
    form = make_form()

    welcome = submit(form, email="a@mailinator.com")
    denied = submit(form, email="a@sub.evil.example")
    other = submit(form, email="a@notevil.example")

    assert (welcome.state, codes(welcome)) == ("processed", [])
    assert (denied.state, codes(denied)) == ("quarantined", ["denied_domain"])
    assert other.state == "processed"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"denied_domains": ["not a domain"]}, "domain_unreadable"),
        ({"allowed_domains": ["a.example"], "denied_domains": ["a.example"]}, "domain_twice"),
    ],
)
def test_lists_that_make_no_sense_are_refused_and_nothing_is_changed(values, code):
    with pytest.raises(DomainError) as refused:
        change(**values)

    assert refused.value.code == code
    assert GuardSettings.objects.count() == 0


def test_the_page_shows_the_rules_and_saves_them(client):
    url = reverse("guard_settings")
    data = {"denied_domains": "evil.example\n", "optins_per_form": "7", "optins_in_all": "9"}

    saved = client.post(url, data)
    refused = client.post(url, {**data, "denied_domains": "nothing at all"})

    row = GuardSettings.objects.get()
    assert (saved.status_code, refused.status_code) == (302, 422)
    assert (row.denied_domains, row.optins_per_form, row.learns) == (["evil.example"], 7, False)


@pytest.mark.case("C26")
def test_too_many_confirmations_of_one_form_wait_with_an_alarm_and_nobody_can_tell(client):
    change(optins_per_form=2)
    admin = make_user(role="admin")
    form, other = make_form("newsletter"), make_form("newsletter", name="Other")

    rows = [submit(form, email=f"a{number}@example.org", **YES) for number in range(4)]
    submit(other, email="z@example.org", **YES)
    asked = Activity.objects.filter(kind="optin.requested").count()
    page = client.get(reverse("guard_settings")).content.decode()
    client.post(reverse("send_held_opt_ins"))

    assert [row.state for row in rows] == ["processed"] * 4
    assert (asked, OptIn.objects.count()) == (3, 5)
    assert "2 mails wait" in page
    assert Message.objects.filter(recipient=admin, kind="notification").count() == 1
    assert Activity.objects.filter(kind="optin.requested").count() == 5
    assert OptIn.objects.filter(held_at__isnull=False).count() == 0


@pytest.mark.case("C26")
def test_too_many_confirmations_of_all_forms_wait():
    change(optins_in_all=3)
    forms = [make_form("newsletter", name=f"Form {number}") for number in range(5)]

    for number, form in enumerate(forms):
        submit(form, email=f"a{number}@example.org", **YES)

    assert Activity.objects.filter(kind="optin.requested").count() == 3
    assert OptIn.objects.filter(held_at__isnull=False).count() == 2


def test_undo_on_the_page_holds_again_what_was_put_away(client):
    row = submit(make_form(), email="a@mailinator.com")

    page = client.post(reverse("discard_submissions"), {"ids": str(row.pk)}, follow=True)
    undo = next(iter(page.context["messages"])).extra_tags.removeprefix("undo:")
    client.post(undo)

    assert Submission.objects.get(pk=row.pk).state == "quarantined"


def test_who_wants_it_is_told_each_monday_once(marketer):
    now = timezone.now()
    want_digest(marketer, wanted=True, by=EVERYTHING, as_of=now)
    submit(make_form(), email="a@mailinator.com")
    monday = next_monday(now)

    counts = [
        send_digests(by=CAPTURE, as_of=at)
        for at in (now, monday, monday, monday + timedelta(days=3), monday + timedelta(days=7))
    ]

    mail = Message.objects.filter(recipient=marketer).first()
    assert counts == [0, 1, 0, 0, 1]
    assert mail is not None
    assert "Forms: 1" in mail.text
    assert monday.weekday() == 0


def test_who_may_not_read_submissions_any_more_is_told_nothing(marketer):
    now = timezone.now()
    want_digest(marketer, wanted=True, by=EVERYTHING, as_of=now)
    submit(make_form(), email="a@mailinator.com")
    type(marketer).objects.filter(pk=marketer.pk).update(role="sales_rep")

    assert send_digests(by=CAPTURE, as_of=now + timedelta(days=8)) == 0
    assert (DigestReader.objects.count(), Message.objects.count()) == (0, 0)


def test_the_menu_says_how_much_is_held(client):
    submit(make_form(), email="a@mailinator.com")
    held.assume(0, 0)

    page = client.get(reverse("submission_list")).content.decode()

    assert '<span class="lc-badge tone-amber">1</span>' in page
