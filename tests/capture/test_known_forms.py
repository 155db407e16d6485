"""A process answers by the form as it is now, also when it last saw another one."""

import pytest

from accounts.models import Organisation
from capture import door, snapshots, spool
from capture.actions.forms import change_form, publish_forms
from capture.definition import Definition
from capture.models import Submission
from capture.outage import DatabaseAwayError
from tests.capture.scene import answers, asking_for, make_form, send
from tests.factories import EVERYTHING, NOW

pytestmark = pytest.mark.django_db


def test_a_process_that_knows_an_older_form_answers_by_the_published_one():
    form = make_form()
    assert send(form, answers(form)).status_code == 200
    fields = asking_for("company")["fields"]
    draft = Definition.from_json(form.draft | {"fields": fields})
    change_form(form.pk, definition=draft, by=EVERYTHING, as_of=NOW)
    publish_forms([form.pk], by=EVERYTHING, as_of=NOW)
    data = answers(form)

    response = send(form, data)

    assert response.status_code == 422
    assert set(response.json()["errors"]) == {"company"}
    assert Submission.objects.get(pk=data["submission_id"]).version == 2


def test_a_submission_of_a_form_that_is_known_takes_one_statement(django_assert_num_queries):
    form = make_form()
    send(form, answers(form))
    data = answers(form)

    with django_assert_num_queries(3) as asked:
        send(form, data)

    assert [query["sql"].split()[0] for query in asked] == ["SAVEPOINT", "WITH", "RELEASE"]


def test_during_an_outage_the_latest_form_that_any_process_saw_counts(monkeypatch):
    form = make_form()
    send(form, answers(form))
    draft = Definition.from_json(form.draft | {"fields": asking_for("company")["fields"]})
    change_form(form.pk, definition=draft, by=EVERYTHING, as_of=NOW)
    publish_forms([form.pk], by=EVERYTHING, as_of=NOW)
    organisation = Organisation.current()
    form.refresh_from_db()
    snapshots.keep(snapshots.public_form(form, organisation))

    def away(_work: object) -> None:
        raise DatabaseAwayError

    monkeypatch.setattr(door, "with_database", away)
    response = send(form, answers(form))

    assert response.status_code == 422
    assert set(response.json()["errors"]) == {"company"}
    ((_path, raw),) = spool.read(spool.waiting())
    assert raw.version == 2
