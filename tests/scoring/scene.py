"""What the tests of scoring set up: activities to count, and versions made of rules."""

from typing import Any

from django.db import connection

from accounts.actor import Actor, user_actor
from accounts.rights import Role
from leads.actions.timeline import NewActivity, record
from leads.fields.activities import Detail, register_activity_detail
from leads.kinds import register_kind
from leads.models import Activity, Lead
from leads.reactions import react
from scoring.actions.approval import activate_version, propose_version, sign_version
from scoring.actions.drafts import change_limits, create_draft, create_model, remove_rule, save_rule
from scoring.actions.rescoring import Rescored, rescore
from scoring.compiled import Compiled
from scoring.due import ask_for_scores
from scoring.models import ModelVersion, Score, ScoringModel, Side
from tests.factories import EVERYTHING, NOW, make_user

VISITED = register_kind("scene.visited", "Visited a page", is_touch=True)
DOWNLOADED = register_kind("scene.downloaded", "Downloaded something", is_touch=True)
LEFT = register_kind("scene.left", "Left the newsletter", is_touch=True)
for kind in (VISITED, DOWNLOADED, LEFT):
    react(kind, ask_for_scores)
register_activity_detail(
    Detail("scene_content", "content", "Content", (DOWNLOADED,)),
    Detail("scene_path", "path", "Page", (VISITED,), is_prefix=True),
)


def fit_rule(points: int, where: dict[str, Any], **columns: Any) -> dict[str, Any]:
    """Return the columns of a rule on who somebody is."""
    return {"axis": "fit", "name_en": "Fit", "points": points, "where": where, **columns}


def activity_rule(points: int, kind: str = VISITED, **columns: Any) -> dict[str, Any]:
    """Return the columns of a rule on what somebody does."""
    values = {"axis": "engagement", "name_en": "Engagement", "points": points}
    return {**values, "activity_kind": kind, **columns}


GERMAN = fit_rule(20, {"field": "country", "op": "is", "value": "DE"}, name_en="From Germany")


def make_draft(*rules: dict[str, Any], name: str = "Standard", **limits: Any) -> ModelVersion:
    """Return a draft with just ``rules``: of a new model, or the next one of the model ``name``."""
    model = ScoringModel.objects.filter(name=name).first()
    if model is None:
        draft = create_model(name, by=EVERYTHING, as_of=NOW)
    else:
        draft = create_draft(model.pk, by=EVERYTHING, as_of=NOW)
    for key in draft.rules.values_list("key", flat=True):
        remove_rule(draft.pk, key, by=EVERYTHING, as_of=NOW)
    for rule in rules:
        save_rule(draft.pk, rule, by=EVERYTHING, as_of=NOW)
    change_limits(draft.pk, limits, by=EVERYTHING, as_of=NOW)
    return ModelVersion.objects.get(pk=draft.pk)


def sign(version: ModelVersion, *, sides: tuple[Side, ...] = tuple(Side)) -> None:
    """Propose ``version`` and sign it, each side by a person of its own."""
    propose_version(version.pk, by=EVERYTHING, as_of=NOW)
    roles = {Side.MARKETING: Role.MARKETER, Side.SALES: Role.SALES_MANAGER}
    for side in sides:
        sign_version(version.pk, side=side, by=signer(roles[side]), as_of=NOW)


def signer(role: str) -> Actor:
    """Return a new person of ``role``."""
    return user_actor(make_user(role))


def make_active(*rules: dict[str, Any], name: str = "Standard", **limits: Any) -> ModelVersion:
    """Return a signed, active version with ``rules``."""
    draft = make_draft(*rules, name=name, **limits)
    sign(draft)
    return activate_version(draft.pk, by=EVERYTHING, as_of=NOW)


def happen(lead: Lead, kind: str = VISITED, *, at: Any = NOW, **event: Any) -> Activity:
    """Let something happen at ``at``; it is recorded then, too, unless ``recorded_at`` is given."""
    recorded_at = event.pop("recorded_at", at)
    (activity,) = record(
        [NewActivity(lead.pk, kind, at, **event)], by=EVERYTHING, as_of=recorded_at
    )
    return activity


def rescored(*leads: Lead, as_of: Any = NOW) -> Rescored:
    """Work out the scores of ``leads``."""
    return rescore([lead.pk for lead in leads], as_of=as_of, by=EVERYTHING)


def points(lead: Lead) -> tuple[int, int, int]:
    """Return fit, engagement and score of the main model, which stand in both places."""
    score = Score.objects.get(lead=lead, model__is_main=True)
    lead = Lead.objects.get(pk=lead.pk)
    assert (lead.fit, lead.engagement, lead.score) == (score.fit, score.engagement, score.total)
    assert (lead.grade, lead.temperature) == (score.grade, score.temperature)
    return score.fit, score.engagement, score.total


def totals(compiled: Compiled, *leads: Lead) -> list[int]:
    """Return the scores of ``leads`` by a compiled ruleset, without writing them."""
    with connection.cursor() as cursor:
        parameters = compiled.for_leads([lead.pk for lead in leads])
        cursor.execute(f"{compiled.chain} SELECT total FROM judged ORDER BY lead_id", parameters)
        return [total for (total,) in cursor.fetchall()]
