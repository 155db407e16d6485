"""Forms that calculate: the same amount on the page, on the timeline, in the mail and on paper."""

from decimal import Decimal

import pytest
from django.urls import reverse

from capture.activities import QUOTE_GIVEN
from capture.models import Form, FormReply
from capture.replies import attachments_of
from leads.models import Activity
from nurturing.models import Message
from tests.capture.scene import answers, make_draft, make_form, send, visitor, work

pytestmark = pytest.mark.django_db

FIELDS = [
    {"name": "email", "label": "E-Mail", "kind": "email", "required": True},
    {"name": "q_1", "label": "Module", "kind": "number", "required": True, "minimum": "1"},
    {
        "name": "q_2",
        "label": "Dach",
        "kind": "select",
        "choices": [{"value": "90", "label": "Ziegel"}, {"value": "120,5", "label": "Blech"}],
    },
    {"name": "q_3", "label": "Mit Speicher", "kind": "checkbox"},
    {"name": "q_4", "label": "Wünsche", "kind": "text"},
]
QUOTE = {"formula": "q_1 * q_2 * if(q_1 > 10; 0,9; 1) + q_3 * 4.000,00", "step": "0,05"}


def make_calculator(**quote):
    definition = {"fields": FIELDS, "headline": "Ihre Anlage", "quote": {**QUOTE, **quote}}
    return make_form(kind="quote", language="de", definition=definition)


@pytest.mark.requirement("S20")
def test_the_visitor_the_timeline_the_mail_and_the_paper_say_the_same_amount():
    form = make_calculator()
    data = answers(form, q_1="12", q_2="120,5", q_3="on", q_4="Besuch www.evil.example")

    told = send(form, data).json()["text"]
    work()

    amount = "5.301,40\N{NO-BREAK SPACE}€"
    activity, message = Activity.objects.get(kind=QUOTE_GIVEN), Message.objects.get(kind="reply")
    assert told == f"Ihr Angebot: {amount}"
    assert (Decimal(activity.data["amount"]), activity.data["amount_text"]) == (
        Decimal("5301.40"),
        amount,
    )
    assert {item["label"]: item["value"] for item in activity.data["answers"]}["Dach"] == "Blech"
    assert message.subject == told.replace("\N{NO-BREAK SPACE}", " ")
    assert f"Ihre Anlage: {amount}" in message.text
    assert "Module: 12\nDach: Blech" in message.text
    assert "evil" not in message.text + message.html
    (paper,) = attachments_of(FormReply.objects.get())
    assert paper.data.startswith(b"%PDF")
    assert paper.data == attachments_of(FormReply.objects.get())[0].data


@pytest.mark.requirement("S20")
def test_without_scripts_the_amount_stands_on_the_page_too():
    form = make_calculator(step="1", unit="€ im Jahr")
    data = answers(form, q_1="3", q_2="90")

    page = visitor().post(f"/f/{form.public_id}/", data).content.decode()

    assert "Ihr Angebot: 270\N{NO-BREAK SPACE}€ im Jahr" in page


def test_an_answer_for_which_there_is_no_result_still_becomes_a_lead():
    form = make_calculator(formula="1000 / q_2")

    response = send(form, answers(form, q_1="3"))
    work()

    assert "text" not in response.json()
    assert Activity.objects.filter(kind="form.submitted").count() == 1
    assert not FormReply.objects.exists()


@pytest.mark.parametrize(
    ("quote", "told"),
    [
        ({"formula": ""}, "Die Formel: Die Formel endet zu früh."),
        ({"formula": "q_1 * "}, "Die Formel endet zu früh."),
        ({"formula": "q_9 * 2"}, "„q_9“"),
        ({"formula": "q_4 * 2"}, "„q_4“"),
        ({"step": "0"}, "Runden Sie auf etwas wie 0,01 oder 5."),
    ],
)
def test_a_form_whose_formula_does_not_work_cannot_be_published(as_user, marketer, quote, told):
    marketer.language = "de"
    type(marketer).objects.filter(pk=marketer.pk).update(language="de")
    form = make_draft(kind="quote", fields=FIELDS, quote={**QUOTE, **quote})
    client, address = as_user(marketer), reverse("form_edit", args=[form.public_id])

    page = client.get(address).content.decode()

    assert told in page
    assert "<code>q_1</code> Module" in page
    assert Form.objects.get().published is None
