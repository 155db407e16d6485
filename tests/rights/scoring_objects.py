"""What stands in addresses of scoring."""

import uuid
from typing import Any

from scoring.actions.backtesting import NewBacktest, request_backtest
from scoring.models import ModelVersion
from tests.factories import EVERYTHING, NOW
from tests.rights.world import World, url_object
from tests.scoring.scene import GERMAN, make_active, make_draft, sign

# The key of the one rule of every version.
RULE = uuid.UUID("6f1f9a52-5ac0-4c5e-9a43-0a3a8a4f7c11")


def _draft() -> ModelVersion:
    return make_draft({**GERMAN, "key": RULE}, name=f"Modell {uuid.uuid4()}")


@url_object("scoring_model")
def scoring_model(world: World) -> Any:
    """A model whose one version is active."""
    return make_active(GERMAN, name=f"Modell {uuid.uuid4()}").model.public_id


@url_object("scoring_draft")
def scoring_draft(world: World) -> Any:
    return _draft().public_id


@url_object("scoring_rule")
def scoring_rule(world: World) -> Any:
    """The key of a rule of each draft."""
    return RULE


@url_object("scoring_proposal")
def scoring_proposal(world: World) -> Any:
    """A version that waits for both signatures."""
    draft = _draft()
    sign(draft, sides=())
    return draft.public_id


@url_object("backtest")
def backtest(world: World) -> Any:
    """A draft that is being tried on the past."""
    asked = NewBacktest("won")
    return request_backtest(_draft().pk, asked, by=EVERYTHING, as_of=NOW).public_id


@url_object("signed_scoring")
def signed_scoring(world: World) -> Any:
    """A version that both sides have signed."""
    draft = _draft()
    sign(draft)
    return draft.public_id
