"""Whether a domain takes mail, as a name server says it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from capture import ticks
from capture.actors import CAPTURE
from capture.guard.actions import domains
from capture.guard.actions.domains import HOLDS, KEPT, ask_domains, note_domains, takes_no_mail
from capture.guard.actions.settings import change_guard
from capture.guard.models import MailDomain
from capture.models import Submission
from tests.capture.scene import forget_crowd, make_form, submit
from tests.factories import EVERYTHING
from tests.simulators.names import NameServer

pytestmark = pytest.mark.django_db
ZONE = {
    "mails.example": {"MX": ["10 mx.mails.example."]},
    "old.example": {"A": ["192.0.2.1"]},
    "new.example": {"AAAA": ["2001:db8::1"]},
    "none.example": {"MX": ["0 ."]},
    "empty.example": {"TXT": ['"nothing here"']},
}


@pytest.fixture
def names():
    with NameServer(ZONE, broken=frozenset({"broken.example"})) as server:
        yield server


@pytest.fixture
def _checking():
    change_guard(checks_mail_domains=True, by=EVERYTHING, as_of=timezone.now())


def ask(names, later=timedelta()):
    return ask_domains(by=CAPTURE, as_of=timezone.now() + later, resolver=names.resolver)


def codes(row: Submission) -> dict[str, int]:
    return {item["code"]: item["points"] for item in row.verdict["reasons"]}


@pytest.mark.parametrize(
    ("domain", "is_dead"),
    [
        ("mails.example", False),
        ("old.example", False),
        ("new.example", False),
        ("none.example", True),
        ("empty.example", True),
        ("gone.example", True),
        ("broken.example", False),
        (f"{'a' * 64}.example", False),
        ("..", False),
    ],
)
def test_a_domain_without_a_server_for_mail_is_dead_and_silence_is_not(names, domain, is_dead):
    assert takes_no_mail(domain, names.resolver) is is_dead


@pytest.mark.usefixtures("_checking")
def test_a_dead_domain_is_a_weak_sign_from_the_second_time_on(names):
    form = make_form()

    first = submit(form, email="a@gone.example")
    asked = ask(names)
    second = submit(form, email="b@gone.example")
    held = submit(form, email="c@gone.example", started="")
    alive = submit(form, email="d@mails.example", message="Und wann?")

    assert (first.state, codes(first), asked) == ("processed", {}, 1)
    assert (second.state, codes(second)) == ("processed", {"dead_domain": 30})
    assert (held.state, codes(held)) == ("quarantined", {"dead_domain": 30, "time_unknown": 20})
    assert (alive.state, codes(alive)) == ("processed", {})
    assert ("gone.example", "MX") in names.asked


@pytest.mark.usefixtures("_checking")
def test_a_domain_that_is_welcome_is_not_dead_for_us(names):
    form = make_form()
    submit(form, email="a@gone.example")
    ask(names)

    change_guard(allowed_domains=["gone.example"], by=EVERYTHING, as_of=timezone.now())

    assert codes(submit(form, email="b@gone.example")) == {}


@pytest.mark.usefixtures("_checking")
def test_each_domain_is_asked_once_a_week_and_forgotten_after_two_months(names):
    form = make_form()
    submit(form, email="a@gone.example")
    ask(names)
    submit(form, email="b@gone.example")
    again = ask(names)
    names.zone = {**ZONE, "gone.example": {"MX": ["10 mx.gone.example."]}}

    note_domains(["gone.example"], by=CAPTURE, as_of=timezone.now() + HOLDS + timedelta(hours=1))
    after_a_week = ask(names, HOLDS + timedelta(hours=1))
    was_dead = MailDomain.objects.get().is_dead
    note_domains(["mails.example"], by=CAPTURE, as_of=timezone.now())
    ask(names, HOLDS + KEPT + timedelta(days=1))

    assert (again, after_a_week, was_dead) == (0, 1, False)
    assert list(MailDomain.objects.values_list("domain", flat=True)) == ["mails.example"]


def test_unless_it_is_switched_on_nobody_is_asked(names, monkeypatch):
    monkeypatch.setattr(domains, "Resolver", lambda: names.resolver)
    submit(make_form(), email="a@gone.example")
    before = (MailDomain.objects.count(), ticks.look_domains_up(timezone.now()))
    change_guard(checks_mail_domains=True, by=EVERYTHING, as_of=timezone.now())
    forget_crowd()
    submit(make_form(name="Second"), email="b@gone.example")

    assert before == (0, 0)
    assert ticks.look_domains_up(timezone.now()) == 1
    assert names.asked[0] == ("gone.example", "MX")
