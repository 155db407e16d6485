"""What marketing and sales mean by their words, told from the rules that are in force.

Nothing here is written down a second time: sentences come from the gates of the stages, from the
active version of the main scoring model, from the agreement and from the rights of the roles. Who
changes one of them changes the page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.rights import ROLE_RIGHTS, Role
from handoff.models import Agreement, BriefingPart
from handoff.queries import agreement_in_force
from leads.actions.lifecycle import rights_for
from leads.gates import sentences
from leads.stages import OtherReason, Stage
from scoring.lines import AxisLines, Signature, lines_of, signatures_of
from scoring.models import ModelVersion
from scoring.rulesets import Ruleset, load_rulesets
from scoring.sentences import mql_rule, temperature_rules

# What each stage stands for (source 004), before any rule.
MEANINGS: dict[str, Promise] = {
    Stage.SUBSCRIBER: gettext_lazy("First, general interest: somebody who wants to hear from us."),
    Stage.LEAD: gettext_lazy(
        "More detailed interest: somebody who asked for something or left contact data for it."
    ),
    Stage.MQL: gettext_lazy(
        "Marketing qualified lead: what the lead did and who it is makes marketing hand it to"
        " sales."
    ),
    Stage.SQL: gettext_lazy(
        "Sales qualified lead: sales looked at it and finds, too, that it is worth its time."
    ),
    Stage.OPPORTUNITY: gettext_lazy("Sales is talking with the lead about a deal."),
    Stage.CUSTOMER: gettext_lazy("The lead has bought."),
    Stage.PROMOTER: gettext_lazy("A customer who recommends us to others."),
    Stage.OTHER: gettext_lazy("Stands outside the funnel and is counted apart."),
}


@dataclass(frozen=True, slots=True)
class StageWords:
    """One stage in words: what it means, what makes it, and who may set it."""

    stage: Stage
    meaning: str
    rules: Sequence[str]
    roles: Sequence[str]


@dataclass(frozen=True, slots=True)
class ScoringWords:
    """The active version of the main model in words, with both signatures and the two axes."""

    version: ModelVersion
    is_signed: bool
    rule: str
    axes: Sequence[AxisLines]
    temperatures: Sequence[tuple[str, str]]
    signatures: Sequence[Signature]


@dataclass(frozen=True, slots=True)
class Definition:
    """All stages, the scoring and the agreement as they are in force; ``changed_at`` the newest."""

    stages: Sequence[StageWords]
    scoring: ScoringWords | None
    agreement: Agreement
    promises: Sequence[str]
    changed_at: datetime | None

    @property
    def label(self) -> str:
        """The versions that make up this definition, as one line."""
        parts = [str(self.scoring.version)] if self.scoring else []
        if self.agreement.version:
            parts.append(_("Agreement v{number}").format(number=self.agreement.version))
        return " · ".join(parts)


def define_stages() -> Definition:
    """Return what each stage means now, in the active language; up to seven queries."""
    scoring, agreement = _scoring(), agreement_in_force()
    dates = [agreement.created_at] if agreement.version else []
    if scoring is not None and scoring.version.active_from is not None:
        dates.append(scoring.version.active_from)
    stages = [
        StageWords(stage, str(MEANINGS[stage]), _rules(stage, scoring), roles_for(stage))
        for stage in Stage
    ]
    return Definition(stages, scoring, agreement, promises(agreement), max(dates, default=None))


def roles_for(stage: Stage) -> list[str]:
    """Return the names of the roles that may move a lead to ``stage`` by hand."""
    needed = rights_for(stage)
    return [str(role.label) for role in Role if needed & ROLE_RIGHTS[role]]


def promises(agreement: Agreement) -> list[str]:
    """Return what marketing and sales promise each other at the hand-over, as sentences."""
    parts = [str(part.label) for part in BriefingPart if part.value in agreement.required_parts]
    said = [_minutes_to_answer(agreement.accept_minutes)]
    if parts:
        said.insert(0, _("Marketing hands over with: {parts}.").format(parts="; ".join(parts)))
    if agreement.expire_minutes:
        words = ngettext(
            "Without an answer the lead goes back to the manager {minutes} minute later.",
            "Without an answer the lead goes back to the manager {minutes} minutes later.",
            agreement.expire_minutes,
        )
        said.append(words.format(minutes=agreement.expire_minutes))
    said.append(_("Whoever rejects a lead says why; too early sends it back to marketing."))
    return said


def _minutes_to_answer(minutes: int) -> str:
    words = ngettext(
        "Sales accepts or rejects within {minutes} minute of working time.",
        "Sales accepts or rejects within {minutes} minutes of working time.",
        minutes,
    )
    return words.format(minutes=minutes)


def _rules(stage: Stage, scoring: ScoringWords | None) -> list[str]:
    if stage == Stage.SUBSCRIBER:
        return [
            _("A newsletter form was sent and, where it asks for that, confirmed from the mailbox.")
        ]
    if stage == Stage.LEAD:
        return [_("Any other form, download, chat, event, import or entry by hand.")]
    if stage == Stage.OTHER:
        reasons = ", ".join(str(reason.label) for reason in OtherReason)
        return [_("With one of these sub-reasons: {reasons}.").format(reasons=reasons)]
    rules = _mql_rules(scoring) if stage == Stage.MQL else []
    return [*rules, *sentences(stage)]


def _mql_rules(scoring: ScoringWords | None) -> list[str]:
    if scoring is None or not scoring.is_signed:
        return [_("No signed scoring version is active: only people make a lead MQL.")]
    given_back = _(
        "What sales gave back becomes MQL again only after something new that gives points."
    )
    by_sales = _("What sales found by itself is never counted as MQL.")
    return [scoring.rule, given_back, by_sales]


def _scoring() -> ScoringWords | None:
    version = ModelVersion.objects.active().filter(model__is_main=True).first()
    if version is None:
        return None
    (ruleset,) = load_rulesets([version])
    return _in_words(version, ruleset)


def _in_words(version: ModelVersion, ruleset: Ruleset) -> ScoringWords:
    words = temperature_rules(ruleset.limits)
    return ScoringWords(
        version=version,
        is_signed=ruleset.is_signed,
        rule=mql_rule(ruleset.limits),
        axes=lines_of(ruleset),
        temperatures=list(words.items()),
        signatures=signatures_of(version),
    )
