"""A year in the life of the demo, week by week, through the actions and drains of the product.

Everything that a lead did is on its timeline, everything that followed was decided by the signed
rules at that time: scores, MQLs, hand-overs, answers, deals.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from accounts.actor import user_actor
from accounts.models import User
from handoff.actions.answers import accept_handoffs, reject_handoffs
from handoff.actions.closing import lose_opportunities, win_opportunities
from handoff.actions.contacts import Contact, NextStep, log_contacts
from handoff.actions.deals import NewDeal, create_opportunities, mark_offers_sent
from handoff.actions.referrals import record_satisfaction
from handoff.actions.verdicts import give_verdicts
from handoff.models import (
    CallOutcome,
    Handoff,
    Opportunity,
    RejectReason,
    TaskKind,
    VerdictValue,
)
from handoff.ticks import assign
from leadcrm.demo.story.cast import PAGES, Character, invent
from leadcrm.demo.story.stage_set import NARRATOR, Scenery
from leads.actions.entry import enter_leads
from leads.actions.timeline import NewActivity, record
from leads.entries import ConsentEntry, LeadEntry
from leads.models import ConsentChannel, ConsentPurpose, Lead
from leads.stages import Channel, Stage
from scoring.ticks import drain as drain_scores

WEEKS = 52
# The product's own promise in the agreement is four working hours; some answers take longer.
ANSWER = timedelta(hours=3)
ACCEPTED_SHARE = 0.55
REJECTIONS = (
    (RejectReason.TOO_EARLY, "Will sich erst nur informieren."),
    (RejectReason.NO_FIT, "Kein eigenes Dach, nur Mieter."),
    (RejectReason.WRONG_PERSON, "Zuständig ist die Konzernzentrale."),
)
CALL_NOTES = (
    "Dachfläche rund 1.200 m², Statik wird geprüft. Will Zahlen bis Monatsende.",
    "Stromkosten über 90.000 € im Jahr, Speicher ist Thema. Angebot gewünscht.",
    "Entscheidet mit dem Steuerberater, Fördermittel wichtig.",
    "Vergleicht drei Anbieter. Lieferzeit zählt mehr als der Preis.",
)


def _opinion(who: Character) -> VerdictValue:
    """Return what a rep thinks of somebody after the first talk."""
    if who.readiness > 0.6:
        return VerdictValue.GOOD
    return VerdictValue.POOR if who.readiness < 0.4 else VerdictValue.UNSURE


class Year:
    """Tells the year that ends at ``until`` with ``count`` leads; the same seed, the same story."""

    def __init__(self, scenery: Scenery, *, until: datetime, count: int, seed: int) -> None:
        self.scenery = scenery
        self.until = until
        self.count = count
        self.dice = Random(seed)  # noqa: S311 - a story, not a secret
        self.cast: dict[int, Character] = {}

    def tell(self) -> None:
        """Live through all weeks."""
        number = 0
        for week in range(WEEKS):
            start = self.until - timedelta(weeks=WEEKS - week)
            arrivals = self.count // WEEKS + (week < self.count % WEEKS)
            newcomers = [invent(self.dice, number + i) for i in range(arrivals)]
            number += arrivals
            self._arrive(newcomers, start)
            self._act(start)
            self._judge(start + timedelta(days=7))
            self._sell(start + timedelta(days=7))

    def _moment(self, start: datetime) -> datetime:
        """Return some moment of the week, mostly in the daytime of working days."""
        day = self.dice.choices(range(7), [5, 6, 6, 5, 4, 1, 1])[0]
        hour = self.dice.choices(range(6, 22), [1, 2, 4, 5, 5, 4, 3, 4, 5, 4, 3, 2, 2, 3, 2, 1])[0]
        moment = start + timedelta(days=day)
        moment = moment.replace(hour=hour, minute=self.dice.randrange(60), second=0)
        return min(moment, start + timedelta(days=7) - timedelta(minutes=5))

    def _arrive(self, newcomers: Sequence[Character], start: datetime) -> None:
        moments = sorted(self._moment(start) for _person in newcomers)
        entries = [self._entry(who, at) for who, at in zip(newcomers, moments, strict=True)]
        end = start + timedelta(days=7)
        entered = enter_leads(entries, by=NARRATOR, as_of=end - timedelta(minutes=4))
        events = []
        for who, at, result in zip(newcomers, moments, entered, strict=True):
            who.lead_id = result.lead_id
            self.cast[result.lead_id] = who
            if who.source.has_form:
                events.append(self._form(who, at))
        record(events, by=NARRATOR, as_of=end)

    def _entry(self, who: Character, at: datetime) -> LeadEntry:
        wants_only_news = who.readiness < 0.15 and who.source.has_form
        consents = []
        if who.has_consent:
            text = "Ja, bitte informieren Sie mich per E-Mail über Solartechnik."
            proof = {"text": text, "language": "de", "form": "Kontakt", "demo": True}
            consents.append(
                ConsentEntry(ConsentPurpose.MARKETING, ConsentChannel.EMAIL, evidence=proof)
            )
            if who.phone and who.number % 2:
                consents.append(
                    ConsentEntry(ConsentPurpose.MARKETING, ConsentChannel.PHONE, evidence=proof)
                )
        return LeadEntry(
            channel=who.source.channel,
            occurred_at=at,
            values={
                "first_name": who.first_name,
                "last_name": who.last_name,
                "email": who.email,
                "phone": who.phone,
                "job_title": who.title if who.firm else "",
                "postal_code": who.postal_code,
                "city": who.city,
                "country": "DE",
                "language": "de",
            },
            custom={"interest": who.interest, "employees": who.employees},
            company=who.firm,
            source_detail=who.source_detail,
            consents=consents,
            stage=Stage.SUBSCRIBER if wants_only_news else Stage.LEAD,
            is_sales_sourced=who.source.channel == Channel.COLD_CALL,
            is_sample=True,
        )

    def _form(self, who: Character, at: datetime) -> NewActivity:
        form = self.scenery.contact_form
        return NewActivity(
            who.lead_id,
            "form.submitted",
            at,
            {
                "form": str(form.public_id),
                "form_name": form.name,
                "form_kind": form.kind,
                "page_url": "https://nordlicht.example/kontakt/",
                "message": "",
                "is_new": True,
            },
        )

    def _act(self, start: datetime) -> None:
        """Let the people of the last months visit pages, the readier the more and the dearer."""
        events = []
        for who in list(self.cast.values())[-self.count // 3 :]:
            visits = self._times(who.readiness**2 * 1.5)
            for _visit in range(visits):
                weights = [4, 5, 4, 3, 3, 3, 8 * who.readiness, 6 * who.readiness, 2]
                path, title = self.dice.choices(PAGES, weights)[0]
                data = {
                    "path": path,
                    "url": f"https://nordlicht.example{path}",
                    "title": title,
                    "host": "nordlicht.example",
                }
                events.append(NewActivity(who.lead_id, "page.visited", self._moment(start), data))
            if visits and self.dice.random() < who.readiness * 0.12:
                events.append(self._form(who, self._moment(start)))
        record(events, by=NARRATOR, as_of=start + timedelta(days=7))

    def _times(self, mean: float) -> int:
        """Draw a count with this mean (a geometric distribution)."""
        count = 0
        while self.dice.random() < mean / (1 + mean):
            count += 1
        return count

    def _judge(self, now: datetime) -> None:
        drain_scores(now)
        assign(now)

    def _sell(self, now: datetime) -> None:
        """Let the reps answer, call, offer and close; the last days stay open for the reader."""
        is_last = now > self.until - timedelta(days=3)
        for rep in [*self.scenery.reps("Team Süd"), *self.scenery.reps("Team Nord")]:
            by = user_actor(rep)
            open_rows = list(Handoff.objects.open().filter(to_user=rep).order_by("pk"))
            for row in open_rows[4:] if is_last else open_rows:
                self._answer(row, rep.pk, now)
            self._work_deals(rep.pk, now)
            happy = list(
                Lead.objects.filter(owner=rep, stage=Stage.CUSTOMER, is_sample=True)
                .exclude(stage_at__gt=now - timedelta(days=30))
                .values_list("pk", flat=True)
            )
            delighted = [pk for pk in happy if self.dice.random() < 0.04]
            if delighted:
                record_satisfaction(delighted, score=10, by=by, as_of=now)

    def _answer(self, row: Handoff, rep_id: int, now: datetime) -> None:
        by = user_actor(self._person(rep_id))
        who = self.cast[row.lead_id]
        at = now + ANSWER * self.dice.random()
        if self.dice.random() > ACCEPTED_SHARE + who.readiness * 0.45:
            reason, text = self.dice.choice(REJECTIONS)
            reject_handoffs([row.pk], reason=reason, text=text, by=by, as_of=at)
            return
        accept_handoffs([row.pk], by=by, as_of=at)
        reached = self.dice.random() < 0.7
        step = NextStep(
            TaskKind.CALL, now + timedelta(days=self.dice.randrange(2, 9)), "Nachfassen"
        )
        contact = Contact(
            row.lead_id,
            CallOutcome.REACHED if reached else CallOutcome.NOT_REACHED,
            self.dice.choice(CALL_NOTES) if reached else "",
            step,
            duration_minutes=self.dice.randrange(4, 30) if reached else None,
        )
        log_contacts([contact], by=by, as_of=at + timedelta(minutes=20))
        if reached:
            opinion = _opinion(who)
            give_verdicts([row.lead_id], value=opinion, by=by, as_of=at + timedelta(minutes=25))
        if reached and self.dice.random() < 0.35 + who.readiness * 0.45:
            self._open_deal(who, rep_id, at + timedelta(minutes=40))

    def _open_deal(self, who: Character, rep_id: int, at: datetime) -> None:
        by = user_actor(self._person(rep_id))
        amount = Decimal(round(self.dice.lognormvariate(10.4, 0.7), -2))
        deal = NewDeal(
            who.lead_id,
            f"{who.firm or who.last_name}: {who.interest.title()}",
            amount=amount,
            closes_on=(at + timedelta(days=self.dice.randrange(20, 90))).date(),
            price_tolerance="Aufpreis für kürzere Lieferzeit denkbar"
            if who.number % 4 == 0
            else "",
        )
        deals = create_opportunities([deal], by=by, as_of=at)
        if self.dice.random() < 0.6:
            mark_offers_sent([item.pk for item in deals], by=by, as_of=at + timedelta(minutes=5))

    def _work_deals(self, rep_id: int, now: datetime) -> None:
        by = user_actor(self._person(rep_id))
        due = Opportunity.objects.filter(owner_id=rep_id, won_at=None, lost_at=None)
        for deal in due.filter(created_at__lt=now - timedelta(weeks=3)).order_by("pk"):
            fate = self.dice.random()
            who = self.cast.get(deal.lead_id)
            if who is None or fate > 0.3:
                continue
            if fate < 0.3 * (0.25 + who.readiness * 0.6):
                win_opportunities([deal.pk], by=by, as_of=now)
            else:
                lose_opportunities([deal.pk], reason="price", by=by, as_of=now)

    def _person(self, user_id: int) -> User:
        return next(user for user in self.scenery.people.values() if user.pk == user_id)
