"""Asking next what is not known yet, on a link that proves who it is (S60, R04)."""

import re
from datetime import timedelta

import pytest
from django.core import signing
from django.utils import timezone

from accounts.action import writing
from capture.known import known_of
from capture.models import Submission
from capture.profiling import LIFE, profile_link, proof_for
from leads.actions.consent import Declaration, record_consents
from leads.actions.fields import save_field
from leads.models import Activity, FieldType, Identifier, Lead
from tests.capture.scene import answers, asking_for, make_form, send, visitor, work
from tests.factories import EVERYTHING, NOW, make_lead

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S60")]
SIZE = {"name": "custom_company_size", "label": "Company size", "kind": "select", "later": True}
SIZE |= {"choices": [{"value": "s", "label": "Small"}, {"value": "l", "label": "Large"}]}
WHEN = {"name": "custom_planned_purchase", "label": "When", "kind": "date", "later": True}
PHONE = {"name": "phone", "label": "Phone", "kind": "tel", "later": True}
PLACES = {"name": "q_1", "label": "Where", "kind": "text", "later": True}


@pytest.fixture(autouse=True)
def _fields(db):
    choices = [{"value": "s", "de": "Klein", "en": "Small"}, {"value": "l", "de": "G", "en": "L"}]
    for key, kind in (("company_size", FieldType.CHOICE), ("planned_purchase", FieldType.DATE)):
        values = {"key": key, "field_type": kind, "label_de": key, "label_en": key}
        save_field(None, {**values, "choices": choices}, by=EVERYTHING, as_of=NOW)


def make_asking_form(*later, **parts):
    kept = {"last_name", "email", "message"}
    first = [spec for spec in asking_for()["fields"] if spec["name"] in kept]
    questions = later or (SIZE, WHEN, PHONE, PLACES)
    return make_form(definition={"fields": [*first, *questions], **parts})


def make_eva(**values):
    values = {"last_name": "Geheim", "first_name": "Eva", "email": "eva@example.org", **values}
    return make_lead(**values)


def link_to(form, lead, *, as_of=None):
    link = profile_link(lead, form.public_id, as_of=as_of or timezone.now())
    return re.sub(r"^https?://[^/]+", "", link)


def shown(page):
    """Return the names of the fields that a page asks for."""
    names = re.findall(r'data-field="([^"]+)"', page.content.decode())
    return [name for name in names if not name.startswith("consent_")]


def token_in(page):
    return re.search(r'name="profile" value="([^"]+)"', page.content.decode())[1]


def reply(form, page, **values):
    """Send what the page asked for, and nothing that it did not."""
    given = answers(form, profile=token_in(page), **values)
    kept = {"altcha", "started", "submission_id", "page_url", "profile", *values}
    response = send(form, {name: value for name, value in given.items() if name in kept})
    work()
    return response


def test_the_form_itself_asks_none_of_the_later_questions():
    form = make_asking_form()

    page = visitor().get(f"/f/{form.public_id}/")
    sent = send(form, answers(form, custom_company_size="l"))
    work()

    assert shown(page) == ["last_name", "email", "message"]
    assert sent.status_code == 200
    assert Lead.objects.get().custom == {}


def test_step_by_step_all_is_asked_and_nothing_twice():
    form, lead = make_asking_form(), make_eva()

    first = visitor().get(link_to(form, lead))
    assert shown(first) == ["custom_company_size", "custom_planned_purchase"]
    day = "2027-05-01"
    reply(form, first, custom_company_size="l", custom_planned_purchase=day)
    second = visitor().get(link_to(form, lead))
    assert shown(second) == ["phone", "q_1"]
    reply(form, second, phone="+49 30 901820", q_1="Bremen")
    third = visitor().get(link_to(form, lead))

    lead.refresh_from_db()
    assert Lead.objects.count() == 1
    assert lead.custom == {"company_size": "l", "planned_purchase": day}
    assert lead.phone == "+49 30 901820"
    assert shown(third) == ["message"]
    told = [a.data.get("by_link") for a in Activity.objects.filter(kind="form.submitted")]
    assert told == [True, True]


def test_what_is_known_is_never_asked_wherever_it_came_from():
    form = make_asking_form(at_once=5)
    lead = make_eva(phone="+4930901820", custom={"company_size": "s"})

    page = visitor().get(link_to(form, lead))

    assert shown(page) == ["custom_planned_purchase", "q_1"]


def test_a_gap_in_the_form_itself_is_asked_first_but_never_the_address():
    form, lead = make_asking_form(), make_eva(last_name="", email="", phone="+4930901820")

    page = visitor().get(link_to(form, lead))

    assert shown(page) == ["last_name", "custom_company_size"]


def test_when_all_is_known_and_there_is_no_message_it_says_so_kindly():
    form = make_form(
        definition={"fields": [{"name": "email", "label": "E-mail", "kind": "email"}, SIZE]}
    )
    lead = make_eva(custom={"company_size": "s"})

    page = visitor().get(link_to(form, lead))

    assert page.status_code == 200
    assert "nothing left" in page.content.decode()
    assert "<form" not in page.content.decode()


def test_a_question_waits_for_the_answer_that_it_depends_on():
    child = PLACES | {"show_if": {"field": SIZE["name"], "values": ["l"]}}
    form = make_asking_form(SIZE, child)

    together = visitor().get(link_to(form, make_eva()))
    called_for = visitor().get(
        link_to(form, make_eva(email="a@example.org", custom={"company_size": "l"}))
    )
    not_meant = visitor().get(
        link_to(form, make_eva(email="b@example.org", custom={"company_size": "s"}))
    )

    assert shown(together) == ["custom_company_size", "q_1"]
    assert "data-if" in together.content.decode()
    assert shown(called_for) == ["q_1"]
    assert "data-if" not in called_for.content.decode()
    assert shown(not_meant) == ["message"]


@pytest.mark.case("R04")
def test_of_the_lead_nothing_is_shown_but_which_questions_are_left():
    form = make_asking_form()
    lead = make_eva(city="Bremen", custom={"company_size": "s"}, job_title="Chefin")

    page = visitor().get(link_to(form, lead))

    text = page.content.decode()
    for known in ("Geheim", "Eva", "eva@", "Bremen", "Chefin", str(lead.public_id), " checked>"):
        assert known not in text
    assert page["Cache-Control"] == "no-store"
    assert page["Referrer-Policy"] == "strict-origin"
    assert f"/f/{form.public_id}/p/" not in text
    assert re.search(rf'name="page_url" value="[^"]+/f/{form.public_id}/"', text)


@pytest.mark.case("R04")
@pytest.mark.parametrize("how", ["foreign", "tampered", "expired", "future", "nonsense", "salt"])
def test_without_a_valid_proof_the_form_is_the_plain_one(how):
    form, other, lead = make_asking_form(), make_form("newsletter"), make_eva()
    now = timezone.now()
    proof = proof_for(lead)
    value = [proof.lead.hex, proof.mark, form.public_id.hex, int(now.timestamp())]
    tampered = link_to(form, lead)[:-2] + ("A/" if link_to(form, lead)[-2] != "A" else "B/")
    link = {
        "foreign": link_to(other, lead).replace(str(other.public_id), str(form.public_id)),
        "tampered": tampered,
        "expired": link_to(form, lead, as_of=now - LIFE - timedelta(seconds=2)),
        "future": link_to(form, lead, as_of=now + timedelta(hours=1)),
        "nonsense": f"/f/{form.public_id}/p/x/",
        "salt": f"/f/{form.public_id}/p/{signing.dumps(value, salt='capture.content')}/",
    }[how]

    page = visitor().get(link, follow=True)

    assert page.redirect_chain == [(f"/f/{form.public_id}/", 302)]
    assert shown(page) == ["last_name", "email", "message"]
    assert "Geheim" not in page.content.decode()
    assert 'name="profile"' not in page.content.decode()


@pytest.mark.case("R04")
@pytest.mark.parametrize("change", ["address", "bin"])
def test_a_link_ends_with_the_address_it_was_given_to_and_with_the_lead(change):
    form, lead = make_asking_form(), make_eva()
    link = link_to(form, lead)
    with writing("scene"):
        changed = {"email": "neu@example.org"} if change == "address" else {"deleted_at": NOW}
        Lead.objects.filter(pk=lead.pk).update(**changed)

    page = visitor().get(link, follow=True)

    assert shown(page) == ["last_name", "email", "message"]


@pytest.mark.case("R04")
def test_an_answer_whose_lead_went_away_meanwhile_touches_nobody():
    form, lead = make_asking_form(), make_eva()
    page = visitor().get(link_to(form, lead))
    with writing("scene"):
        Lead.objects.filter(pk=lead.pk).update(deleted_at=NOW)

    reply(form, page, custom_company_size="l")

    lead.refresh_from_db()
    assert (lead.custom, lead.deleted_at) == ({}, NOW)
    assert Submission.objects.get().state == "invalid"


@pytest.mark.case("R03")
def test_who_types_another_address_into_a_forwarded_link_takes_nothing_over():
    form, lead = make_asking_form(), make_eva()
    page = visitor().get(link_to(form, lead))

    reply(form, page, custom_company_size="l", email="mallory@example.org", last_name="Mallory")

    lead.refresh_from_db()
    assert Lead.objects.count() == 1
    assert (lead.email, lead.last_name) == ("eva@example.org", "Geheim")
    assert list(lead.identifiers.values_list("value", flat=True)) == ["eva@example.org"]


def test_the_number_of_somebody_else_stays_theirs():
    form, lead = make_asking_form(PHONE), make_eva()
    other = make_lead(email="", phone="+4930901820")

    reply(form, visitor().get(link_to(form, lead)), phone="+49 30 901820", last_name="X")

    assert Identifier.objects.get(kind="phone").lead == other
    assert "identifier_taken" in Submission.objects.get().verdict["flags"]


def test_a_known_value_is_kept_and_the_other_answer_is_told():
    form, lead = make_asking_form(), make_eva()
    page = visitor().get(link_to(form, lead))
    reply(form, page, custom_company_size="l")

    reply(form, page, custom_company_size="s")
    reply(form, page, custom_company_size="l")

    lead.refresh_from_db()
    assert lead.custom == {"company_size": "l"}
    data = [a.data.get("kept_out") for a in Activity.objects.filter(kind="form.submitted")]
    other = [{"name": "custom_company_size", "label": "Company size", "value": "Small"}]
    assert sorted(data, key=str) == sorted([None, other, None], key=str)


def test_sending_the_same_page_again_is_one_answer():
    form, lead = make_asking_form(), make_eva()
    page = visitor().get(link_to(form, lead))
    given = answers(form, profile=token_in(page), custom_company_size="l")

    for _time in range(2):
        assert send(form, given).status_code == 200
    work()

    assert Activity.objects.filter(lead=lead, kind="form.submitted").count() == 1


def test_answers_to_own_questions_of_another_form_are_not_mixed_up():
    form, other, lead = make_asking_form(PLACES), make_asking_form(PLACES), make_eva()
    reply(form, visitor().get(link_to(form, lead)), q_1="Bremen")

    assert "q_1" in known_of(lead, form.public_id).names
    assert "q_1" not in known_of(lead, other.public_id).names


def test_an_answered_consent_is_not_asked_again():
    form = make_form("whitepaper")
    lead = make_eva()
    granted = Declaration(lead.pk, "marketing", "email", "granted", NOW)
    record_consents([granted], by=EVERYTHING, as_of=NOW)

    assert "consent_marketing_email" in known_of(lead, form.public_id).names
    assert "consent_newsletter_email" not in known_of(lead, form.public_id).names


def test_answers_we_asked_for_move_no_stage():
    form, lead = make_asking_form(), make_eva(stage="subscriber")

    reply(form, visitor().get(link_to(form, lead)), custom_company_size="l")

    lead.refresh_from_db()
    assert lead.stage == "subscriber"
    assert lead.custom == {"company_size": "l"}
