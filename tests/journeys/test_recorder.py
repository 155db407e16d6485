import pytest
from playwright.sync_api import expect

from tests.journeys.recorder import Event, Journey, OverBudgetError, check, table


@pytest.fixture
def recorded(open_page, admin):
    page = open_page(admin, "/styleguide/listing/")
    running = Journey("sample")
    running.follow(page)
    return page, running


def test_a_click_and_a_command_key_are_actions_and_typing_is_not(recorded):
    page, running = recorded

    page.get_by_role("searchbox", name="Search samples").click()
    page.keyboard.type("lead")
    page.keyboard.press("Backspace")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=lea*")

    assert (running.actions, running.screens) == (2, 0)
    assert [event.kind for event in running.events].count("key") == 6


def test_a_single_key_outside_of_a_field_is_an_action(recorded):
    page, running = recorded

    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.get_by_text("1 selected")).to_be_visible()

    assert running.actions == 2


def test_a_field_counts_once_however_often_it_changes(recorded):
    page, running = recorded
    page.goto("/styleguide/dialog/")
    page.wait_for_selector("html[data-ready]")

    for word in ("Kim", "Ida"):
        page.get_by_label("Name").click()
        page.keyboard.type(word)
        page.get_by_label("E-mail").click()

    assert (running.fields, running.screens) == (1, 1)


def test_typing_that_no_hand_can_do_is_refused(recorded):
    page, running = recorded

    page.evaluate(
        """() => {
            const field = document.querySelector("input[name=q]");
            field.value = "lead";
            field.dispatchEvent(new Event("input", { bubbles: true }));
        }"""
    )

    with pytest.raises(OverBudgetError, match="typed without keys: q"):
        check(running, {"actions": 9})


def test_the_model_adds_up_what_hands_do():
    running = Journey(
        "sample",
        events=[
            Event("click", 0.0),
            Event("key", 1.0),
            Event("key", 2.0),
            Event("wait", 3.0, name="0.5"),
            Event("panel", 3.5),
            Event("click", 4.0),
        ],
    )

    # think, point and click; hand, two keys; wait; think, hand, point and click
    assert running.klm == round((1.35 + 1.2) + (0.4 + 0.56) + 0.5 + (1.35 + 0.4 + 1.2), 1)


@pytest.mark.parametrize(
    ("budget", "message"),
    [
        ({"actions": 1}, "actions 2 > 1"),
        ({"screens": 0, "klm": 1.0}, "klm 3.8 > 1.0"),
        ({"p95_ms": 400}, "p95_ms was not measured"),
    ],
)
def test_a_journey_over_its_budget_fails_with_what_was_too_much(budget, message):
    running = Journey("sample", events=[Event("click", 0.0), Event("click", 1.0)])

    with pytest.raises(OverBudgetError, match=message):
        check(running, budget)


def test_machine_time_is_held_to_its_budget_only_where_nothing_else_runs():
    running = Journey("sample", timed=[500.0])

    check(running, {"p95_ms": 400}, is_timed=False)

    with pytest.raises(OverBudgetError, match=r"p95_ms 500\.0 > 400"):
        check(running, {"p95_ms": 400})
    with pytest.raises(OverBudgetError, match="p95_ms was not measured"):
        check(Journey("sample"), {"p95_ms": 400}, is_timed=False)


def test_a_journey_within_its_budget_passes():
    running = Journey("sample", events=[Event("click", 0.0)], timed=[120.0] * 19 + [900.0])

    check(running, {"actions": 1, "fields": 0, "screens": 0, "klm": 2.6, "p95_ms": 120})


def test_the_table_shows_what_was_measured_beside_the_budget():
    running = Journey("sample", events=[Event("click", 0.0)])

    lines = table([("sample", running.measured, {"actions": 3, "klm": 20.0})])

    assert " ".join(lines[1].split()) == "sample 1 (3) 0 (–) 0 (–) 2.6 (20) – (–)"
