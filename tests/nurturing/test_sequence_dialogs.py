import pytest

from nurturing.actions.sequences import draft_of
from tests.nurturing.scene import make_draft, url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


@pytest.fixture
def client(as_user, marketer):
    return as_user(marketer)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"kind": "manual"}, {"kind": "manual"}),
        (
            {"kind": "condition", "where": '{"field": "city", "op": "is", "value": "Bonn"}'},
            {"kind": "condition", "where": {"field": "city", "op": "is", "value": "Bonn"}},
        ),
        (
            {"kind": "rejection", "reasons": ["too_early"]},
            {"kind": "rejection", "reasons": ["too_early"]},
        ),
    ],
)
def test_the_trigger_is_set_in_its_dialog(client, data, expected):
    sequence = make_draft()

    response = client.post(url(sequence, "trigger/"), data)

    sequence.refresh_from_db()
    assert response.status_code == 302
    assert draft_of(sequence).trigger == expected


def test_a_condition_that_cannot_be_read_keeps_the_dialog_open(client):
    sequence = make_draft()

    data = {"kind": "condition", "where": '{"field": "password", "op": "is", "value": "x"}'}
    response = client.post(url(sequence, "trigger/"), data)

    assert response.status_code == 422
    assert "There is no such field." in response.content.decode()


def test_goal_stages_and_settings_are_set_in_their_dialogs(client):
    sequence = make_draft()
    goal = '{"field": "city", "op": "is", "value": "Bonn"}'

    exits = client.post(url(sequence, "exits/"), {"exit_stages": ["mql"], "goal": goal})
    settings = client.post(
        url(sequence, "settings/"),
        {
            "name": "Renamed",
            "purpose": "newsletter",
            "topic": "",
            "days": ["1", "3"],
            "start": "10:00",
            "end": "12:00",
            "zone": "organisation",
            "priority": "7",
        },
    )

    sequence.refresh_from_db()
    draft = draft_of(sequence)
    assert (exits.status_code, settings.status_code) == (302, 302)
    assert (draft.exit_stages, draft.goal["value"]) == (("mql",), "Bonn")
    assert (sequence.name, sequence.priority, draft.purpose) == ("Renamed", 7, "newsletter")
    assert draft.window.as_json() == {
        "days": [1, 3],
        "start": "10:00",
        "end": "12:00",
        "zone": "organisation",
    }
