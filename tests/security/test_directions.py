"""A name that turns the direction of writing turns nothing but itself, on every page."""

from html.parser import HTMLParser

import pytest

from accounts.action import writing
from accounts.rights import Role
from leads.models import Company, Lead
from tests.rights.world import World
from tests.security.hostile import every_page

pytestmark = pytest.mark.django_db
TURNING = "abc\u202edef"
# What holds it, or is a paragraph of its own with nothing beside it, or can hold no markup.
APART = {"bdi", "h1", "option", "title", "textarea"}


class Loose(HTMLParser):
    """Collects texts that turn the direction of what stands beside them."""

    def __init__(self):
        super().__init__()
        self.open, self.found, self.isolated = [], [], 0

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in self.open:
            while self.open.pop() != tag:
                pass

    def handle_data(self, data):
        if "\u202e" not in data:
            return
        if APART & set(self.open):
            self.isolated += 1
        else:
            self.found.append(f"{'>'.join(self.open[-3:])}: {data.strip()[:60]!r}")


@pytest.mark.case("C20")
def test_a_name_that_turns_the_direction_stands_apart_on_every_page():
    world = World()
    client = world.client(Role.ADMIN)
    pages = every_page(world)
    with writing("scene"):
        Lead.objects.update(first_name="", last_name=TURNING, city=TURNING, job_title=TURNING)
        Company.objects.update(name=TURNING)
    isolated, found = {}, {}

    for name, (row, address) in pages.items():
        response = client.get(address, headers=row.headers)
        if "html" not in response["Content-Type"] or response.streaming:
            continue
        parser = Loose()
        parser.feed(response.content.decode())
        isolated[name] = parser.isolated
        if parser.found:
            found[name] = parser.found[:4]

    assert found == {}
    assert {name for name in ("lead_list", "lead_board", "lead_detail") if isolated[name]} == {
        "lead_list", "lead_board", "lead_detail"
    }  # fmt: skip
