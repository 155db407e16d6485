"""Two versions of a form against each other: who sees which, what is counted, and how it ends."""

import re
from math import sqrt

import pytest
from django.urls import reverse

from accounts.action import writing
from capture.actions.forms import change_form, publish_forms
from capture.actions.trials import end_test, start_test
from capture.definition import Definition
from capture.health.actions import try_forms
from capture.models import Form, FormDay, FormTest, Submission
from capture.queries import completion_by_size
from capture.trial_figures import TrialFigures, figures_of, two_shares, wilson
from ground.errors import DomainError
from leads.models import Lead
from tests.capture.scene import BROWSER, answers, make_form, send, visitor, work
from tests.factories import EVERYTHING, NOW

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S28")]
QUESTION = {"name": "q_1", "label": "Where?", "kind": "text", "required": True}


def change(form, **parts):
    draft = Definition.from_json(Form.objects.get(pk=form.pk).draft)
    return change_form(form.pk, definition=draft.with_parts(**parts), by=EVERYTHING, as_of=NOW)


def make_test(**parts):
    """Return a form whose version B has a question more and another headline."""
    form = make_form()
    fields = [*form.draft["fields"], QUESTION]
    change(form, headline="Version B", fields=fields, **parts)
    return form, start_test(form.pk, by=EVERYTHING, as_of=NOW)


def see(form, letter, test, monkeypatch):
    """Return the page in one of the arms."""
    monkeypatch.setattr("capture.trials.secrets.choice", lambda arms: arms["ab".index(letter)])
    page = visitor().get(f"/f/{form.public_id}/").content.decode()
    assert re.search(r'name="arm" value="([^"]+)"', page)[1] == f"{test.pk}{letter}"
    return page


def count_view(form, arm, agent=BROWSER):
    address = f"/f/{form.public_id}/challenge/"
    visitor().get(address, {"arm": arm}, headers={"user-agent": agent})


def figures(test) -> TrialFigures:
    rows = FormTest.objects.select_related("version_a", "version_b")
    return figures_of(rows.get(pk=test.pk))


def test_each_view_shows_one_of_the_two_by_chance_and_nothing_is_stored(monkeypatch):
    form, test = make_test()

    first, second = see(form, "a", test, monkeypatch), see(form, "b", test, monkeypatch)
    monkeypatch.undo()
    seen = {re.search(r'name="arm" value="\d+(.)"', visitor().get(f"/f/{form.public_id}/").content
                      .decode())[1] for _view in range(60)}  # fmt: skip
    page = visitor().get(f"/f/{form.public_id}/")

    assert ("Version B" in first, "Version B" in second) == (False, True)
    assert ("Where?" in first, "Where?" in second) == (False, True)
    assert seen == {"a", "b"}
    assert not page.cookies


def test_an_embedded_form_takes_part_with_its_own_style(monkeypatch):
    form, test = make_test(colour="#123456")
    monkeypatch.setattr("capture.trials.secrets.choice", lambda arms: arms[1])

    told = visitor().get(f"/f/{form.public_id}/definition.json").json()
    sheet = visitor().get(f"/f/{form.public_id}/form.css", {"arm": f"{test.pk}b"})

    assert told["version"] == 2
    assert f'name="arm" value="{test.pk}b"' in told["html"]
    assert "#123456" in told["css"]
    assert "#123456" in sheet.content.decode()


def test_what_was_sent_is_read_by_the_version_that_was_seen(monkeypatch):
    form, test = make_test()

    for letter in "ab":
        arm = f"{test.pk}{letter}"
        given = answers(form, arm=arm, q_1="Bremen", email=f"{letter}@example.org")
        assert send(form, given).status_code == 200
    missing = send(form, answers(form, arm=f"{test.pk}b", email="c@example.org"))
    work()

    rows = Submission.objects.filter(state="processed").order_by("arm")
    assert list(rows.values_list("version", flat=True)) == [1, 2]
    told = [row.lead.activities.get(kind="form.submitted").data.get("answers") for row in rows]
    assert told[0] is None
    assert told[1][0]["value"] == "Bremen"
    assert missing.status_code == 422


def test_views_and_submissions_are_counted_for_their_arm_and_machines_are_not():
    form, test = make_test()
    a, b = f"{test.pk}a", f"{test.pk}b"

    for arm, agent in (
        (a, BROWSER),
        (a, BROWSER),
        (b, BROWSER),
        (b, "Googlebot/2.1"),
        ("", BROWSER),
    ):
        count_view(form, arm, agent)
    count_view(form, "999b")
    count_view(form, "x'; --b")
    send(form, answers(form, arm=b, q_1="x"))
    send(form, answers(form, arm="999a", email="n@example.org"))
    work()

    found = figures(test)
    assert (found.a.views, found.b.views) == (2, 1)
    assert (found.a.sent, found.b.sent) == (0, 1)
    assert FormDay.objects.get().views == 7
    assert sorted(Submission.objects.values_list("arm", flat=True)) == ["", b]


def test_the_daily_trial_of_the_form_leaves_no_trace_in_the_figures():
    form, test = make_test()

    assert try_forms([form.pk], by=EVERYTHING, as_of=NOW) == 0

    found = figures(test)
    assert (found.a.views, found.b.views, found.a.sent, found.b.sent) == (0, 0, 0, 0)
    assert not Submission.objects.exists()
    assert not Lead.objects.exists()


def test_the_winner_is_published_and_the_other_version_is_still_understood():
    form, test = make_test()

    end_test(form.pk, winner="b", by=EVERYTHING, as_of=NOW)
    page = visitor().get(f"/f/{form.public_id}/").content.decode()
    late = send(form, answers(form, arm=f"{test.pk}a"))
    count_view(form, f"{test.pk}a")
    work()

    form.refresh_from_db()
    assert form.published.number == 2
    assert not form.has_unpublished_changes
    assert "Version B" in page
    assert 'name="arm"' not in page
    assert late.status_code == 200
    assert Submission.objects.get().version == 1
    assert figures(test).a.views == 0


@pytest.mark.parametrize("winner", ["a", ""])
def test_without_b_everything_stays_and_the_changes_are_still_there(winner):
    form, test = make_test()

    end_test(form.pk, winner=winner, by=EVERYTHING, as_of=NOW)

    form.refresh_from_db()
    test.refresh_from_db()
    assert form.published.number == 1
    assert form.draft["headline"] == "Version B"
    assert test.winner == winner
    assert test.ended_at == NOW
    change(form, headline="Version C")
    publish_forms([form.pk], by=EVERYTHING, as_of=NOW)
    assert Form.objects.get().published.number == 3


def test_while_a_test_runs_nothing_else_is_published_and_no_second_one_begins():
    form, _test = make_test()
    change(form, headline="Version C")

    for act in (lambda: publish_forms([form.pk], by=EVERYTHING, as_of=NOW),
                lambda: start_test(form.pk, by=EVERYTHING, as_of=NOW)):  # fmt: skip
        with pytest.raises(DomainError) as refused:
            act()
        assert refused.value.code == "test_running"
    assert FormTest.objects.count() == 1


def test_a_test_needs_something_published_and_something_else_that_could_be():
    form = make_form()
    with pytest.raises(DomainError) as same:
        start_test(form.pk, by=EVERYTHING, as_of=NOW)
    change(form, headline="")
    with pytest.raises(DomainError) as unready:
        start_test(form.pk, by=EVERYTHING, as_of=NOW)
    with pytest.raises(DomainError) as none:
        end_test(form.pk, winner="b", by=EVERYTHING, as_of=NOW)

    codes = [error.value.code for error in (same, unready, none)]
    assert codes == ["nothing_to_test", "headline_missing", "no_test"]
    assert not FormTest.objects.exists()


def test_the_interval_is_that_of_wilson_and_the_test_that_of_two_shares():
    low, high = wilson(10, 100)
    assert (round(low, 4), round(high, 4)) == (0.0552, 0.1744)
    assert wilson(0, 10)[0] == 0.0
    assert wilson(10, 10)[1] == pytest.approx(1.0)
    # z = 2.0412 for 20 of 100 against 10 of 100… two-sided.
    z = 0.1 / sqrt(0.15 * 0.85 * 2 / 100)
    assert round(z, 4) == 1.9803
    assert round(two_shares((20, 100), (10, 100)), 4) == 0.0477
    assert two_shares((0, 100), (0, 100)) == 1.0


def with_counts(test, a, b):
    """Store views and submissions of both arms: pairs of views and sent."""
    with writing("scene"):
        FormTest.objects.filter(pk=test.pk).update(views_a=a[0], views_b=b[0])
        rows = [(f"{test.pk}a", a[1]), (f"{test.pk}b", b[1])]
        Submission.objects.bulk_create(
            Submission(form_public_id=test.public_id, body=b"", body_hash="", received_at=NOW,
                       state="processed", arm=arm)
            for arm, number in rows for _each in range(number)
        )  # fmt: skip
    return figures(test)


@pytest.mark.parametrize(
    ("a", "b", "enough", "leader"),
    [
        ((99, 50), (500, 10), False, ""),
        ((200, 4), (200, 60), False, ""),
        ((200, 20), (200, 24), True, ""),
        ((200, 20), (200, 50), True, "b"),
        ((200, 50), (200, 20), True, "a"),
    ],
)
def test_it_says_plainly_what_is_proven_and_what_is_not(a, b, enough, leader):
    _form, test = make_test()

    found = with_counts(test, a, b)

    assert (found.is_enough, found.leader) == (enough, leader)


def test_the_page_of_results_shows_both_and_takes_the_winner(client, marketer):
    form, test = make_test()
    client.force_login(marketer)
    address = reverse("form_results", args=[form.public_id])

    early = client.get(address).content.decode()
    with_counts(test, (200, 20), (200, 50))
    sure = client.get(address).content.decode()
    client.post(reverse("end_form_test", args=[form.public_id]), {"winner": "b"})
    after = client.get(address).content.decode()

    assert "Not enough yet" in early
    assert "Version B does better" in sure
    assert "25.0" in sure
    assert "Version B was taken" in after
    assert Form.objects.get().published.number == 2


def test_the_editor_offers_the_test_and_says_that_one_runs(client, marketer):
    form = make_form()
    client.force_login(marketer)
    edit = reverse("form_edit", args=[form.public_id])
    start = reverse("start_form_test", args=[form.public_id])

    before = client.get(edit).content.decode()
    change(form, headline="Version B")
    changed = client.get(edit).content.decode()
    client.post(start)
    running = client.get(edit).content.decode()
    form.refresh_from_db()
    body = {"version": form.version, "do": "publish", "field": ["email"], "headline": "C"}
    refused = client.post(edit, body)

    assert (start in before, start in changed, start in running) == (False, True, False)
    assert "A test of two versions is running" in running
    assert refused.status_code == 422
    assert "A test is running" in refused.content.decode()


def test_the_measured_completion_counts_what_is_asked_at_first():
    later = [QUESTION | {"later": True}]
    form = make_form(definition={"fields": [
        {"name": "email", "label": "E-mail", "kind": "email"}, *later]})  # fmt: skip
    with writing("scene"):
        FormDay.objects.create(form=form, day=NOW.date(), views=60)

    assert completion_by_size(as_of=NOW) == [(1, 0.0)]
