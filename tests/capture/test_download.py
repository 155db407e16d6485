import pytest

from capture.models import OptIn
from capture.optin import token_of
from leads.models import Lead, StageChange
from leads.stages import Stage
from tests.capture.scene import NEWSLETTER_CONSENT, make_form, submit, visitor
from tests.factories import make_lead

pytestmark = pytest.mark.django_db


def subscribe(email):
    submit(make_form("newsletter"), email=email, **{NEWSLETTER_CONSENT: "on"})
    visitor().post(f"/confirm/{token_of(OptIn.objects.get().public_id)}/")


def steps():
    changes = StageChange.objects.order_by("id")
    return list(changes.values_list("from_stage", "to_stage", "reason", "actor_label"))


@pytest.mark.requirement("S46")
@pytest.mark.parametrize("language", ["de", "en"])
def test_a_new_person_who_wants_the_whitepaper_is_a_lead(language):
    form = make_form("whitepaper", language=language)

    submit(form, email="eva@example.org")

    lead = Lead.objects.get()
    assert (lead.email, lead.stage, lead.source_detail) == (
        "eva@example.org",
        Stage.LEAD,
        "Whitepaper",
    )
    assert steps() == [("", "lead", "", "capture")]
    data = lead.activities.get(kind="form.submitted").data
    assert (data["form_kind"], data["is_new"]) == ("download", True)
    assert not lead.consents.exists()


@pytest.mark.requirement("S46")
def test_a_confirmed_subscriber_who_wants_the_whitepaper_is_a_lead():
    subscribe("eva@example.org")
    assert Lead.objects.get().stage == Stage.SUBSCRIBER

    submit(make_form("whitepaper"), email="Eva@Example.org")

    assert Lead.objects.get().stage == Stage.LEAD
    assert steps() == [
        ("", "other", "", "capture"),
        ("other", "subscriber", "Newsletter confirmed", "capture"),
        ("subscriber", "lead", "New entry", "capture"),
    ]


@pytest.mark.requirement("S46")
def test_who_is_further_already_stays_there():
    make_lead(email="eva@example.org", stage=Stage.MQL)

    submit(make_form("whitepaper"), email="eva@example.org")

    assert Lead.objects.get().stage == Stage.MQL
    assert [to for _from, to, _reason, _who in steps()] == ["mql"]
