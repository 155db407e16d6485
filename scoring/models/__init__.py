"""How leads are judged: models in signed versions, their rules, and what came of them."""

from scoring.models.backtests import Backtest, BacktestState, DueBacktest
from scoring.models.scores import DueScore, DueSweep, Score, ScoreChange, ScoreReason
from scoring.models.versions import (
    SIGNING_RIGHTS,
    Approval,
    Axis,
    Counting,
    ModelVersion,
    Rule,
    ScoringModel,
    Side,
    VersionState,
)

__all__ = [
    "SIGNING_RIGHTS",
    "Approval",
    "Axis",
    "Backtest",
    "BacktestState",
    "Counting",
    "DueBacktest",
    "DueScore",
    "DueSweep",
    "ModelVersion",
    "Rule",
    "Score",
    "ScoreChange",
    "ScoreReason",
    "ScoringModel",
    "Side",
    "VersionState",
]
