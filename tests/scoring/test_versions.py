import uuid

import pytest

from accounts.actor import token_actor
from accounts.models import AuditEntry
from ground.errors import ConflictError, DomainError, NotAllowedError
from scoring.actions.approval import activate_version, propose_version, sign_version
from scoring.actions.drafts import (
    change_limits,
    create_draft,
    create_model,
    discard_draft,
    remove_rule,
    save_rule,
)
from scoring.models import Approval, DueSweep, ModelVersion, Rule, ScoringModel, Side
from tests.factories import EVERYTHING, NOW, make_token
from tests.scoring.scene import (
    GERMAN,
    VISITED,
    activity_rule,
    make_active,
    make_draft,
    sign,
    signer,
)

pytestmark = pytest.mark.django_db


def state(version):
    return ModelVersion.objects.get(pk=version.pk).state


def activate(version):
    return activate_version(version.pk, by=EVERYTHING, as_of=NOW)


@pytest.mark.requirement("S81")
def test_two_people_from_both_sides_make_a_version_active():
    draft = make_draft(GERMAN)
    sign(draft)

    active = activate(draft)

    assert (state(draft), active.active_from) == ("active", NOW)
    assert DueSweep.objects.get().version_id == draft.pk
    events = AuditEntry.objects.order_by("id").values_list("event", flat=True)
    signed = ["scoring.signed", "scoring.signed"]
    assert [*events] == ["scoring.proposed", *signed, "scoring.activated"]


@pytest.mark.requirement("S81")
@pytest.mark.parametrize(
    ("sides", "missing"),
    [((), ["marketing", "sales"]), ((Side.MARKETING,), ["sales"]), ((Side.SALES,), ["marketing"])],
)
def test_a_single_signature_is_not_enough(sides, missing):
    draft = make_draft(GERMAN)
    sign(draft, sides=sides)

    with pytest.raises(ConflictError) as refusal:
        activate(draft)

    assert (refusal.value.code, refusal.value.details) == (
        "signatures_missing",
        {"missing": missing},
    )
    assert state(draft) == "proposed"
    assert DueSweep.objects.count() == 0


@pytest.mark.requirement("S81")
def test_nobody_signs_for_both_sides():
    draft = make_draft(GERMAN)
    propose_version(draft.pk, by=EVERYTHING, as_of=NOW)
    both = signer("marketer")
    object.__setattr__(both, "rights", EVERYTHING.rights)
    sign_version(draft.pk, side=Side.MARKETING, by=both, as_of=NOW)

    with pytest.raises(DomainError) as refusal:
        sign_version(draft.pk, side=Side.SALES, by=both, as_of=NOW)

    assert refusal.value.code == "signed_already"
    assert Approval.objects.count() == 1


@pytest.mark.requirement("S81")
@pytest.mark.parametrize(
    ("role", "side"),
    [
        ("marketer", Side.SALES),
        ("sales_manager", Side.MARKETING),
        ("sales_rep", Side.SALES),
        ("admin", Side.MARKETING),
        ("admin", Side.SALES),
    ],
)
def test_who_does_not_belong_to_a_side_cannot_sign_for_it(role, side):
    draft = make_draft(GERMAN)
    propose_version(draft.pk, by=EVERYTHING, as_of=NOW)

    with pytest.raises(NotAllowedError):
        sign_version(draft.pk, side=side, by=signer(role), as_of=NOW)

    assert Approval.objects.count() == 0


def test_programs_do_not_sign(marketer):
    draft = make_draft(GERMAN)
    propose_version(draft.pk, by=EVERYTHING, as_of=NOW)
    token, _key = make_token(marketer, "leads:read")
    by = token_actor(token)
    object.__setattr__(by, "rights", EVERYTHING.rights)

    with pytest.raises(NotAllowedError) as refusal:
        sign_version(draft.pk, side=Side.MARKETING, by=by, as_of=NOW)

    assert refusal.value.code == "people_only"


def test_signing_twice_is_one_signature_and_a_second_person_is_told(marketer, actor):
    draft = make_draft(GERMAN)
    propose_version(draft.pk, by=EVERYTHING, as_of=NOW)
    for _n in range(2):
        sign_version(draft.pk, side=Side.MARKETING, by=actor(marketer), as_of=NOW)

    with pytest.raises(ConflictError) as refusal:
        sign_version(draft.pk, side=Side.MARKETING, by=signer("marketer"), as_of=NOW)

    assert refusal.value.code == "side_signed"
    assert Approval.objects.get().user_label == "Mara Marketing"


@pytest.mark.requirement("S81")
@pytest.mark.parametrize(
    "edit",
    [
        lambda draft: save_rule(draft.pk, activity_rule(5), by=EVERYTHING, as_of=NOW),
        lambda draft: remove_rule(draft.pk, draft.rules.get().key, by=EVERYTHING, as_of=NOW),
        lambda draft: change_limits(draft.pk, {"mql_threshold": 40}, by=EVERYTHING, as_of=NOW),
        lambda draft: save_rule(
            draft.pk, {**GERMAN, "points": 19, "key": draft.rules.get().key},
            by=EVERYTHING, as_of=NOW,
        ),
    ],
    ids=["rule added", "rule removed", "threshold moved", "points changed"],
)  # fmt: skip
def test_any_edit_voids_the_signatures(edit):
    draft = make_draft(GERMAN)
    sign(draft)

    edit(draft)

    assert state(draft) == "draft"
    assert Approval.objects.filter(voided_at=None).count() == 0
    assert Approval.objects.filter(voided_at=NOW).count() == 2
    with pytest.raises(ConflictError):
        activate(draft)


def test_saving_what_is_there_already_voids_nothing():
    draft = make_draft(GERMAN)
    sign(draft)
    rule = draft.rules.get()

    same = {**GERMAN, "name_de": "From Germany", "key": rule.key}
    save_rule(draft.pk, same, by=EVERYTHING, as_of=NOW)
    change_limits(draft.pk, {"mql_threshold": 50}, by=EVERYTHING, as_of=NOW)

    assert state(draft) == "proposed"
    assert Approval.objects.filter(voided_at=None).count() == 2


def test_the_next_version_retires_the_one_before():
    first = make_active(GERMAN)
    second = make_active(GERMAN, activity_rule(5))

    first.refresh_from_db()
    assert (first.state, first.active_until, state(second)) == ("retired", NOW, "active")
    assert DueSweep.objects.get().version_id == second.pk


def test_activating_twice_changes_nothing():
    version = make_active(GERMAN)

    activate(version)

    assert AuditEntry.objects.filter(event="scoring.activated").count() == 1


def test_a_version_that_was_active_cannot_be_edited():
    version = make_active(GERMAN)

    with pytest.raises(ConflictError) as refusal:
        save_rule(version.pk, activity_rule(5), by=EVERYTHING, as_of=NOW)

    assert refusal.value.code == "version_frozen"
    assert Rule.objects.count() == 1


def test_going_back_is_a_new_version_with_the_old_rules():
    first = make_active(GERMAN, mql_threshold=40)
    make_active(activity_rule(5), mql_threshold=60)

    back = create_draft(first.model_id, by=EVERYTHING, as_of=NOW, copy_of=first)

    assert (back.number, back.state, back.mql_threshold) == (3, "draft", 40)
    assert back.rules.get().key == first.rules.get().key


def test_one_draft_at_a_time():
    draft = make_draft(GERMAN)

    with pytest.raises(ConflictError) as refusal:
        create_draft(draft.model_id, by=EVERYTHING, as_of=NOW)

    assert refusal.value.code == "draft_exists"
    assert ModelVersion.objects.count() == 1


def test_a_discarded_first_draft_takes_its_model_along():
    draft = make_draft(GERMAN)

    discard_draft(draft.pk, by=EVERYTHING, as_of=NOW)

    assert ScoringModel.objects.count() == 0


def test_the_first_model_is_the_main_one_and_names_are_taken_once():
    create_model("Standard", by=EVERYTHING, as_of=NOW)
    create_model("Partners", by=EVERYTHING, as_of=NOW)

    with pytest.raises(DomainError) as refusal:
        create_model("standard", by=EVERYTHING, as_of=NOW)

    assert refusal.value.code == "name_taken"
    assert list(ScoringModel.objects.values_list("name", "is_main")) == [
        ("Standard", True),
        ("Partners", False),
    ]


def test_a_version_without_rules_cannot_be_proposed():
    draft = make_draft()

    with pytest.raises(DomainError) as refusal:
        propose_version(draft.pk, by=EVERYTHING, as_of=NOW)

    assert refusal.value.code == "no_rules"


def test_removing_a_rule_that_is_not_there_changes_nothing():
    draft = make_draft(GERMAN)
    sign(draft)

    remove_rule(draft.pk, uuid.uuid4(), by=EVERYTHING, as_of=NOW)

    assert state(draft) == "proposed"


@pytest.mark.parametrize("role", ["sales_rep", "sales_manager", "service", "viewer"])
def test_who_does_not_manage_scoring_builds_nothing(role):
    by = signer(role)
    draft = make_draft(GERMAN)

    for attempt in (
        lambda: create_model("Mine", by=by, as_of=NOW),
        lambda: create_draft(draft.model_id, by=by, as_of=NOW),
        lambda: save_rule(draft.pk, activity_rule(1, VISITED), by=by, as_of=NOW),
        lambda: change_limits(draft.pk, {"mql_threshold": 1}, by=by, as_of=NOW),
        lambda: propose_version(draft.pk, by=by, as_of=NOW),
        lambda: activate_version(draft.pk, by=by, as_of=NOW),
        lambda: discard_draft(draft.pk, by=by, as_of=NOW),
    ):
        with pytest.raises(NotAllowedError):
            attempt()

    draft.refresh_from_db()
    assert (draft.state, draft.mql_threshold, draft.rules.count()) == ("draft", 50, 1)
