"""No answer to a post, no toast and no refusal lets a text become markup or a script."""

import re

import pytest

from accounts.rights import Role
from tests.rights.asking import address_of, filled, undone
from tests.rights.rows import rows
from tests.rights.world import World
from tests.security.hostile import PAYLOAD, poison
from tests.security.test_hostile_texts import content_of, smuggled

pytestmark = pytest.mark.django_db
NOTE = re.compile(r'<span class="note-text">(.*?)</span></div>', re.DOTALL)


def own_texts(data):
    """Return what a form sends, its free texts made hostile."""
    free = {
        "name",
        "title",
        "subject",
        "body",
        "reason",
        "note",
        "label_en",
        "label_de",
        "tags",
        "q",
    }
    return {
        name: PAYLOAD if name in free and isinstance(value, str) else value
        for name, value in data.items()
    }


def answers_to(world, row, kind):
    """Return what is answered to the post of ``row`` and by the page that it leads to."""
    with undone():
        client = world.client(Role.ADMIN)
        address = address_of(row, world, Role.ADMIN, "own")
        data = filled(row.data, world, Role.ADMIN, "own")
        poison()
        sent = own_texts(data) if kind == "hostile" else data
        first = client.post(address, sent, headers=row.headers)
        texts = [content_of(first), str(first.headers)]
        location = first.headers.get("Location", "")
        if first.status_code == 302 and location.startswith("/") and "/accounts/" not in location:
            texts.append(content_of(client.get(location)))
        return first.status_code, texts, first.headers["Content-Type"] if first.content else ""


@pytest.mark.case("X01")
@pytest.mark.case("X06")
@pytest.mark.parametrize("kind", ["hostile", "valid"])
def test_whatever_is_posted_is_answered_with_texts(kind):
    world = World()
    found, statuses, told = {}, {}, set()
    for row in rows().values():
        if row.method != "POST" or row.is_api or row.is_open:
            continue
        status, texts, content_type = answers_to(world, row, kind)
        statuses[row.route] = status
        if any("&lt;" in note for text in texts for note in NOTE.findall(text)):
            told.add(row.route)
        problems = [hit for text in texts for hit in smuggled(text)]
        if problems and "json" not in content_type:
            found[row.route] = problems[:4]

    assert found == {}
    assert max(statuses.values()) < 500
    assert list(statuses.values()).count(302) > 100
    assert {
        "accept_handoff", "complete_task", "distribute_lead", "lead_delete", "lead_enrol",
        "move_deal", "move_lead", "rule_delete", "sequence_pause", "step_test", "work_lead",
    } <= told  # fmt: skip
