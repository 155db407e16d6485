"""A page that makes something, sent twice: it is obeyed once."""

import re
from datetime import timedelta
from functools import partial

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.models import SentPage
from accounts.once import sweep
from accounts.write_guard import refuse_writes_outside_actions
from capture.models import ContentFile, Form
from handoff.models import Opportunity, Task
from leads.models import Lead, Note
from leads.stages import Stage
from tests.database.connections import in_parallel
from tests.factories import make_lead, make_user

NUMBER = re.compile(r'name="once" value="([0-9a-f-]{36})"')


def number_on(client, address):
    return NUMBER.search(client.get(address).content.decode())[1]


def pages(lead):
    of_lead = partial(reverse, args=[lead.public_id])
    detail = of_lead("lead_detail")
    task = {"title": "Anrufen", "kind": "call", "due_at": "2030-01-02T10:00", "priority": "2"}
    return [
        (Note, detail, of_lead("lead_note"), {"body": "Will am Montag reden"}),
        (Form, reverse("form_create"), reverse("form_create"), {"template": "contact"}),
        (Task, of_lead("task_create"), of_lead("task_create"), task),
        (
            Opportunity,
            of_lead("deal_create"),
            of_lead("deal_create"),
            {"name": "Anlage", "amount": "9000", "currency": "EUR", "exception": "Messe"},
        ),
    ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", range(4))
def test_four_posts_at_the_same_moment_make_one(as_user, number):
    admin = make_user("admin")
    lead = make_lead(stage=Stage.SQL, owner=admin)
    model, shown, address, values = pages(lead)[number]
    once, before = number_on(as_user(admin), shown), model.objects.count()
    values = {**values, "assignee": str(admin.public_id)}

    answers = in_parallel(4, lambda: as_user(admin).post(address, {**values, "once": once}))

    assert {answer.status_code for answer in answers} == {302}
    assert len({answer["Location"] for answer in answers}) == 1
    assert model.objects.count() == before + 1


@pytest.mark.django_db
def test_the_second_is_told_so_and_a_page_kept_by_the_browser_may_be_filled_in_anew(
    as_user, service
):
    lead = make_lead()
    client, address = as_user(service), reverse("lead_note", args=[lead.public_id])
    detail = reverse("lead_detail", args=[lead.public_id])
    once = number_on(client, detail)

    told = [
        "You sent this twice."
        in client.post(address, {"body": body, "once": once}, follow=True).text
        for body in ("Eins", "Eins", "Zwei")
    ]

    assert told == [False, True, False]
    assert sorted(Note.objects.values_list("body", flat=True)) == ["Eins", "Zwei"]


@pytest.mark.django_db
def test_what_was_refused_is_not_remembered_and_nobody_takes_the_answer_of_another(as_user):
    lead = make_lead()
    first, second = (as_user(make_user("admin")) for _number in range(2))
    address = reverse("lead_note", args=[lead.public_id])
    once = number_on(first, reverse("lead_detail", args=[lead.public_id]))

    assert first.post(address, {"body": "", "once": once}).status_code == 422
    assert not SentPage.objects.exists()
    for client in (first, second):
        client.post(address, {"body": "Dasselbe", "once": once})

    assert Note.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("is_bulk", [False, True])
def test_a_lead_that_was_binned_may_be_entered_again_from_the_page_that_was_kept(as_user, is_bulk):
    client, address = as_user(make_user("admin")), reverse("lead_create")
    values = {"channel": "phone", "email": "a@example.org", "once": number_on(client, address)}
    client.post(address, values)
    key = Lead.objects.get().public_id

    if is_bulk:
        client.post(reverse("leads_delete"), {"ids": [str(key)]})
    else:
        client.post(reverse("lead_delete", args=[key]))
    again = client.post(address, values, follow=True)

    assert (again.status_code, Lead.objects.alive().count()) == (200, 1)
    assert "You sent this twice." not in again.text


@pytest.mark.django_db
def test_the_guard_of_a_site_in_development_lets_a_page_be_numbered(as_user):
    client, address = as_user(make_user("admin")), reverse("lead_create")
    values = {"channel": "phone", "email": "a@example.org", "once": number_on(client, address)}

    with connection.execute_wrapper(refuse_writes_outside_actions):
        answers = [client.post(address, values).status_code for _again in range(2)]
        client.post(reverse("lead_delete", args=[Lead.objects.get().public_id]))

    assert answers == [302, 302]
    assert not SentPage.objects.exists()


@pytest.mark.django_db
def test_what_was_sent_is_forgotten_after_a_day(as_user, service):
    lead = make_lead()
    address = reverse("lead_note", args=[lead.public_id])
    as_user(service).post(address, {"body": "Eins", "once": "x"})

    assert sweep(as_of=timezone.now() + timedelta(hours=23)) == 0
    assert sweep(as_of=timezone.now() + timedelta(hours=25)) == 1


@pytest.mark.django_db
def test_another_file_is_another_post_and_the_same_arrives_whole(as_user, marketer):
    client, address = as_user(marketer), reverse("content_create")
    page = {"kind": "study", "language": "de", "name": "Studie", "once": "x"}

    def post(content):
        file = SimpleUploadedFile("studie.pdf", content)
        return client.post(address, {**page, "file": file}).status_code

    assert [post(b"eins"), post(b"eins"), post(b"zwei")] == [302, 302, 422]  # the name is taken
    assert bytes(ContentFile.objects.get().data) == b"eins"
