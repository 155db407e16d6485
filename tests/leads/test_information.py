from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from capture.activities import FORM_SUBMITTED
from conditions.errors import ConditionError
from ground.errors import DomainError
from leads.actions.editing import edit_lead
from leads.actions.entry import enter_leads
from leads.actions.information import change_information, mark_information
from leads.actions.segments import save_segment
from leads.conditions import leads_where
from leads.entries import LeadEntry
from leads.information import find_informing
from leads.models import Activity, InformationMark, InformationSettings, Lead, MarkSource
from leads.stages import Channel
from tests.factories import EVERYTHING, NOW, make_activity, make_field, make_lead

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S84")]
HOUR = timedelta(hours=1)


def informing(*leads, as_of=NOW + HOUR):
    found = find_informing([lead.pk for lead in leads], as_of=as_of)
    return {pk: told.source for pk, told in found.items()}


def ask_for(lead, form_kind, at):
    make_activity(lead, FORM_SUBMITTED, at, data={"form_kind": form_kind})


def enter(at=NOW, **custom):
    entry = LeadEntry(
        channel=Channel.WEBSITE, occurred_at=at, values={"email": "a@example.org"}, custom=custom
    )
    (entered,) = enter_leads([entry], by=EVERYTHING, as_of=at)
    return Lead.objects.get(pk=entered.lead_id)


def mark(lead, *, is_only=True, reason="Sagt er", as_of=NOW):
    return mark_information([lead.pk], is_only=is_only, reason=reason, by=EVERYTHING, as_of=as_of)


def test_who_says_so_in_a_form_gathers_information_until_a_signal_to_buy():
    make_field("only_information", "boolean")
    lead = enter(only_information=True)

    before = informing(lead)
    ask_for(lead, "newsletter", NOW + HOUR)
    still = informing(lead, as_of=NOW + 2 * HOUR)
    ask_for(lead, "quote", NOW + 3 * HOUR)

    assert before == still == {lead.pk: MarkSource.DECLARED}
    assert informing(lead, as_of=NOW + 4 * HOUR) == {}
    assert Activity.objects.get(kind="lead.information_marked").data["source"] == "declared"


def test_saying_it_again_after_a_signal_holds_again():
    make_field("only_information", "boolean")
    lead = enter(only_information=True)
    ask_for(lead, "quote", NOW + HOUR)

    enter(NOW + 2 * HOUR, only_information=True)

    assert informing(lead, as_of=NOW + 3 * HOUR) == {lead.pk: MarkSource.DECLARED}


def test_a_box_left_alone_takes_nothing_back_and_an_edit_does():
    make_field("only_information", "boolean")
    lead = enter(only_information=True)

    enter(NOW + HOUR, only_information=False)
    kept = informing(lead, as_of=NOW + 2 * HOUR)
    edit_lead(lead.pk, {"custom.only_information": False}, by=EVERYTHING, as_of=NOW + 3 * HOUR)

    assert kept == {lead.pk: MarkSource.DECLARED}
    assert informing(lead, as_of=NOW + 4 * HOUR) == {}
    assert Activity.objects.filter(kind="lead.information_ended").count() == 1


def test_the_rule_infers_it_unless_the_lead_spoke_lately_or_somebody_knows_better():
    reader, spoke, known = make_lead(), make_lead(), make_lead()
    for lead in (reader, spoke, known):
        for number in range(3):
            make_activity(lead, "content.downloaded", NOW - number * HOUR)
    ask_for(spoke, "callback", NOW - timedelta(days=10))

    mark(known, is_only=False, reason="Hat angerufen")

    assert informing(reader, spoke, known) == {reader.pk: MarkSource.INFERRED}


def test_marking_twice_is_told_once_and_letting_go_needs_a_reason():
    lead = make_lead()

    first, again = mark(lead), mark(lead)
    with pytest.raises(DomainError) as refused:
        mark(lead, is_only=False, reason="  ")

    assert (first, again, refused.value.code) == (1, 0, "reason_missing")
    assert InformationMark.objects.get().is_only
    assert Activity.objects.filter(kind="lead.information_marked").count() == 1


def test_it_is_a_condition_and_both_answers_are_everybody():
    marked, other = make_lead(), make_lead()
    mark(marked)

    def where(value):
        node = {"field": "information_only", "op": "is", "value": value}
        return set(leads_where(node, actor=EVERYTHING, as_of=NOW + HOUR))

    assert where(True) == {marked}
    assert where(False) == {other}


def change(**changes):
    usual = {"field": "", "where": None, "signals": ["form.quote"], "signal_days": 30}
    return change_information(**{**usual, **changes}, by=EVERYTHING, as_of=NOW)


def test_the_signals_and_the_rule_are_those_of_the_settings():
    lead = make_lead(country="DE")

    change(where={"field": "country", "op": "is", "value": "DE"})
    inferred = informing(lead)
    ask_for(lead, "callback", NOW)
    no_signal = informing(lead)
    ask_for(lead, "quote", NOW)

    assert inferred == no_signal == {lead.pk: MarkSource.INFERRED}
    assert informing(lead) == {}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"field": "country"}, "not_yes_or_no"),
        ({"signals": ["nonsense"]}, "signal_unknown"),
        ({"signal_days": 0}, "days_wrong"),
        ({"where": {"field": "information_only", "op": "is", "value": True}}, "asks_itself"),
    ],
)
def test_wrong_settings_are_refused_and_nothing_changes(changes, code):
    with pytest.raises(DomainError) as refused:
        change(**changes)

    assert refused.value.code == code
    assert not InformationSettings.objects.exists()


def test_a_rule_that_asks_itself_through_a_segment_is_refused_and_never_runs_in_circles():
    asks = {"field": "information_only", "op": "is", "value": True}
    segment = save_segment(None, name="Kreis", where={"everyone": True}, by=EVERYTHING, as_of=NOW)
    where = {"field": "segment", "op": "is", "value": str(segment.public_id)}
    change(where=where)

    save_segment(segment, name="Kreis", where=asks, by=EVERYTHING, as_of=NOW)

    assert informing(make_lead()) == {}
    with pytest.raises(DomainError):
        change(where=where)


def test_a_rule_that_cannot_be_read_is_refused():
    with pytest.raises(ConditionError):
        change(where={"field": "nonsense", "op": "is", "value": 1})


def test_the_page_of_a_lead_says_why_and_lets_go_with_a_reason(as_user, marketer):
    lead = make_lead()
    mark(lead, reason="Am Telefon gesagt", as_of=timezone.now() - HOUR)
    client = as_user(marketer)

    shown = client.get(reverse("lead_detail", args=[lead.public_id])).content.decode()
    address = reverse("lead_information", args=[lead.public_id])
    empty = client.post(address, {"is_only": "", "reason": ""})
    done = client.post(address, {"is_only": "", "reason": "Will kaufen"})

    assert "Am Telefon gesagt" in shown
    assert (empty.status_code, done.status_code) == (422, 302)
    assert informing(lead, as_of=timezone.now()) == {}


def test_the_settings_are_kept_and_shown_as_a_sentence(as_user, marketer):
    client = as_user(marketer)
    address = reverse("information_settings")
    where = '{"field": "country", "op": "is", "value": "AT"}'

    saved = client.post(address, {"where": where, "signals": ["form.quote"], "signal_days": "30"})
    shown = client.get(address)

    assert saved.status_code == 302, saved.context["form"].errors
    assert "AT" in shown.context["sentence"]
    assert "<strong>0</strong>" in shown.content.decode()
    assert InformationSettings.objects.get().signals == ["form.quote"]
