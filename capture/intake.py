"""From stored submissions to what the actions need to know, for a whole chunk at once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from capture.attribution import Origin, channel_of, read_origin
from capture.catalogue import custom_key
from capture.chat.parts import FRESH, PART, leads_made_by
from capture.chat.steps import open_definition
from capture.definition import ConsentSpec, Definition
from capture.guard.candidate import Candidate
from capture.guard.doors import FORM
from capture.guard.origins import is_allowed
from capture.guard.proof import SEAL
from capture.guard.verdict import Verdict
from capture.judging import Judged, judge
from capture.known import proven_leads
from capture.models import Campaign, Form, FormKind, FormState, FormVersion, Submission
from capture.questions import FILE
from capture.reading import LANGUAGE, read_fields
from capture.referrals.actions import senders_of
from capture.referrals.links import code_in
from capture.tongues import consent_key, languages_of
from capture.touches import last_origins
from leads.entries import ConsentEntry, LeadEntry
from leads.models import ConsentState, Lead
from leads.normalise import normalise_email
from leads.stages import AcquisitionType, Channel, OtherReason, Stage

_NAMES = ("salutation", "first_name", "last_name")


@dataclass(slots=True)
class Intake:
    """One submission on its way to its lead.

    ``definition`` is in the language of the form, whichever the visitor read. ``proven`` is the
    lead that came by a link that proves who it is, ``talked`` the one that an earlier part of the
    same talk made.
    """

    submission: Submission
    form: Form
    version: int
    definition: Definition
    judged: Judged
    origin: Origin
    campaign: Campaign | None = None
    verdict: Verdict = field(default_factory=Verdict)
    proven: Lead | None = None
    talked: Lead | None = None
    referrer: Lead | None = None

    @property
    def received_at(self) -> datetime:
        """When it came in."""
        return self.submission.received_at

    @property
    def talk(self) -> tuple[UUID, int] | None:
        """The talk that this is a part of, and which one from 1 on; None for everything else.

        SECURITY: the seal is made here alone, so that nobody goes on with the talk of another.
        """
        fields = self.judged.fields
        number = fields.first(PART)
        is_ours = self.form.kind == FormKind.CHAT and fields.first(SEAL)
        if not (is_ours and self.judged.check.is_passed and number.isdecimal()):
            return None
        return UUID(fields.first("talk")), int(number)

    @property
    def goes_on(self) -> bool:
        """Whether it is a further part of a talk, of which something came in before."""
        return self.talk is not None and self.talk[1] > 1

    @property
    def language(self) -> str:
        """The language in which the visitor read the form."""
        said = self.judged.fields.first(LANGUAGE)
        return said if said in self.languages else self.form.language

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of the form."""
        return languages_of(self.definition, self.form.language)

    @property
    def email(self) -> str:
        """The address as it was entered, or the one of the lead that was proven, or ""."""
        return self.judged.answers.email or (self.proven.email if self.proven else "")

    @property
    def email_key(self) -> str:
        """The normalised address, or ""."""
        return normalise_email(self.email).key if self.email else ""

    @property
    def is_reachable(self) -> bool:
        """Whether it names an address or a number, readable or not, or who it is is proven."""
        return self.proven is not None or bool(
            self.judged.answers.email or self.judged.answers.values.get("phone")
        )

    @property
    def is_mailable(self) -> bool:
        """Whether it names an address that can be written to."""
        return bool(self.email_key) and "email_invalid" not in self.submission.verdict["flags"]

    @property
    def channel(self) -> str:
        """The channel: what the link says, else the campaign's, else the form's."""
        if self.referrer is not None:
            return Channel.REFERRAL
        otherwise = self.campaign.channel if self.campaign else self.form.channel
        return channel_of(self.origin, otherwise=otherwise)

    @property
    def opens_episode(self) -> bool:
        """Whether a customer who sends this shows new interest.

        Readers, critics and people who recommend us do not.
        """
        return not self.keeps_stage and self.form.kind != FormKind.NEWSLETTER

    @property
    def keeps_stage(self) -> bool:
        """Whether a known lead stays where it is.

        Feedback, recommending and answers that we asked for move nobody.
        """
        is_inquiry = self.proven is None or bool(self.judged.answers.message)
        return self.form.kind in {FormKind.FEEDBACK, FormKind.REFERRAL} or not is_inquiry

    @property
    def told_answers(self) -> list[dict[str, Any]]:
        """The answers to own questions in the words of the form: name, label and answer.

        With ``given``, the values of choices, which are the same in every language. Who goes on
        talking has told the earlier ones before.
        """
        fresh = self.judged.fields.all(FRESH)
        told: list[dict[str, Any]] = []
        for spec in self.definition.fields:
            given = self.judged.answers.own.get(spec.name)
            if given is not None and (not self.goes_on or spec.name in fresh):
                label = spec.label or spec.parameter
                said: dict[str, Any] = {
                    "name": spec.name,
                    "label": label,
                    "value": spec.told(given),
                }
                if spec.choices:
                    said |= {"given": [given] if isinstance(given, str) else list(given)}
                told.append(said)
        return told

    def kept_out(self, changed: Collection[str]) -> list[dict[str, str]]:
        """Return what was answered otherwise than is known: label, answer.

        Asked of who came by a profile link or goes on talking.

        ``changed`` are the fields that the entry changed; a known value is never written over.
        """
        lead = self.proven or self.talked
        if lead is None:
            return []
        answers, told = self.judged.answers, []
        given = {**answers.values, **({"company": answers.company} if answers.company else {})}
        for spec in self.definition.fields:
            key = custom_key(spec)
            value = answers.custom.get(key) if key else given.get(spec.name)
            column = f"custom.{key}" if key else {"company": "company_id"}.get(spec.name, spec.name)
            before = lead.custom.get(key) if key else getattr(lead, spec.name, "")
            if value and column not in changed and str(value) != str(before or ""):
                told.append({"name": spec.name, "label": spec.label, "value": spec.told(value)})
        return told

    @property
    def told_files(self) -> list[dict[str, Any]]:
        """The files that came along: field, place in it, name and size in bytes."""
        return [
            {"field": spec.name, "number": number, "name": file.name, "size": file.size}
            for spec in self.definition.fields
            if spec.kind == FILE and spec.name in self.judged.answers.own
            for number, file in enumerate(self.judged.fields.files[spec.name])
        ]

    def consent_evidence(self, consent: ConsentSpec) -> dict[str, Any]:
        """Return the proof of one tick: what was shown, to whom, when and where."""
        return {
            "form": str(self.form.public_id),
            "form_name": self.form.name,
            "form_version": self.version,
            "language": self.language,
            "text": self.wording_of(consent),
            "ticked": True,
            "submission": str(self.submission.pk),
            "declared_at": self.received_at.isoformat(),
            "page_url": self.submission.page_url,
            "ip": self.submission.ip,
            "user_agent": self.submission.user_agent,
        }

    def wording_of(self, consent: ConsentSpec) -> str:
        """Return the words of a consent in the language in which they were read."""
        if self.language == self.form.language:
            return consent.text
        return self.definition.other.get(consent_key(consent)) or consent.text

    def entry(self) -> LeadEntry:
        """Return what the door for leads needs."""
        answers = self.judged.answers
        stage, other_reason = self.stage
        return LeadEntry(
            channel=self.channel,
            occurred_at=self.received_at,
            values={**self._won_as, **answers.values, "language": self.language},
            lead_id=lead.pk if (lead := self.proven or self.talked) else None,
            custom=answers.custom,
            company=answers.company,
            consents=[
                ConsentEntry(
                    consent.purpose,
                    consent.channel,
                    ConsentState.PENDING if consent.is_confirmed_by_mail else ConsentState.GRANTED,
                    self.consent_evidence(consent),
                    is_confirmed=False,
                )
                for consent in answers.consents
            ],
            tags=self.form.tags,
            source_detail=self.form.name,
            team_id=self.form.team_id,
            referrer_id=self.referrer.pk if self.referrer else None,
            stage=stage,
            other_reason=other_reason,
            keeps_stage=self.keeps_stage,
            is_sample=self.submission.is_sample,
        )

    def candidate(self) -> Candidate:
        """Return what the guard looks at."""
        row, judged = self.submission, self.judged
        answers, origin = judged.answers, row.headers.get("Origin", "")
        flags = {*judged.fields.flags, *answers.flags}
        if self.form.allowed_origins and not origin:
            flags.add("origin_missing")
        if self.form.state == FormState.ARCHIVED:
            flags.add("form_archived")
        return Candidate(
            door=FORM,
            key=guard_key(row.pk),
            place=str(self.form.public_id),
            at=row.received_at,
            language=self.language,
            email=answers.email,
            names=[answers.values.get(name, "") for name in _NAMES],
            message=answers.message,
            texts=answers.texts,
            company=answers.company,
            website=answers.values.get("website", ""),
            ip=row.ip or "",
            proof=judged.check.key,
            way=judged.check.way,
            took=judged.took,
            is_trapped=judged.is_trapped,
            origin=origin,
            is_origin_allowed=is_allowed(origin, self.form.allowed_origins),
            counts=(not judged.is_refused or row.released_at is not None) and not self.goes_on,
            may_repeat=self.form.kind == FormKind.FEEDBACK,
            flags=sorted(flags),
        )

    @property
    def _won_as(self) -> dict[str, str]:
        return {"acquisition_type": AcquisitionType.SEED} if self.referrer else {}

    @property
    def stage(self) -> tuple[str, str]:
        """The stage that this submission speaks for, with the sub-reason of "other"."""
        if self.form.kind != FormKind.NEWSLETTER:
            return Stage.LEAD, ""
        if any(consent.is_confirmed_by_mail for consent in self.judged.answers.consents):
            return Stage.OTHER, OtherReason.UNCONFIRMED
        return Stage.SUBSCRIBER, ""


def guard_key(submission: UUID) -> str:
    """Return the name of a submission across all doors."""
    return f"form:{submission}"


def read_intakes(submissions: Sequence[Submission]) -> list[Intake]:
    """Return the submissions whose form is known, read as of the moment they came in."""
    definitions = _definitions(submissions)
    campaigns = {campaign.code: campaign for campaign in Campaign.objects.all()}
    found = []
    for row in submissions:
        form = row.form
        if form is None or form.published is None:
            continue
        version = row.version or form.published.number
        definition = definitions.get((form.pk, version))
        if definition is None:
            version = form.published.number
            definition = Definition.from_json(form.published.definition)
        if form.kind == FormKind.CHAT:
            definition = open_definition(definition)
        fields = read_fields(bytes(row.body), row.content_type)
        judged = judge(definition, str(form.public_id), fields, as_of=row.received_at)
        page = row.page_url
        origin = read_origin(page, judged.fields.first("referrer"))
        code = origin.utm.get("utm_campaign", "").lower()
        campaign = campaigns.get(code)
        found.append(Intake(row, form, version, definition, judged, origin, campaign))
    _remember_origins(found, campaigns)
    _prove(found)
    _find_referrers(found)
    return found


def _prove(items: Sequence[Intake]) -> None:
    """Find the leads of profile links; without its lead a link proved nothing."""
    asked = {item.submission.pk: item.judged.asked for item in items if item.judged.asked}
    leads = proven_leads(asked.values())
    for item in items:
        claim = asked.get(item.submission.pk)
        if claim is None:
            continue
        item.proven = leads.get(claim)
        if item.proven is None:
            item.judged = judge(
                item.definition,
                str(item.form.public_id),
                item.judged.fields,
                as_of=item.received_at,
                trusts_profile=False,
            )


def go_on(items: Sequence[Intake]) -> None:
    """Find the leads of those who go on talking, once the parts before have theirs."""
    leads = leads_made_by(dict(item.talk for item in items if item.talk and item.goes_on))
    for item in items:
        if item.talk and item.goes_on:
            item.talked = leads.get(item.talk[0])


def _find_referrers(items: Sequence[Intake]) -> None:
    """Find whose personal link led here; nobody recommends themselves."""
    codes = {item.submission.pk: code_in(item.submission.page_url) for item in items}
    if not any(codes.values()):
        return
    senders = senders_of([*codes.values()], as_of=max(item.received_at for item in items))
    for item in items:
        sender = senders.get(codes[item.submission.pk])
        if sender is not None and normalise_email(sender.email).key != item.email_key:
            item.referrer = sender


def _remember_origins(items: Sequence[Intake], campaigns: Mapping[str, Campaign]) -> None:
    """Let what the visitor told before stand in where the page of the form says nothing."""
    silent = [
        (token, item)
        for item in items
        if not item.origin.is_told and (token := item.judged.fields.first("visitor"))
    ]
    remembered = last_origins({token: item.email_key for token, item in silent})
    for token, item in silent:
        if token in remembered:
            item.origin = replace(remembered[token], landing_page=item.origin.landing_page)
            code = item.origin.utm.get("utm_campaign", "").lower()
            item.campaign = campaigns.get(code)


def _definitions(submissions: Sequence[Submission]) -> dict[tuple[int, int], Definition]:
    wanted = {(row.form_id, row.version) for row in submissions if row.form_id and row.version}
    rows = FormVersion.objects.filter(
        form__in={form for form, _number in wanted}, number__in={number for _f, number in wanted}
    )
    return {(row.form_id, row.number): Definition.from_json(row.definition) for row in rows}
