import csv
import io
from datetime import date, timedelta

import pytest
from django.urls import reverse

from leads.actions.editing import edit_lead
from leads.actions.entry import enter_leads
from leads.actions.lifecycle import change_stage
from leads.entries import LeadEntry
from leads.models import Lead
from leads.stages import AcquisitionType, Channel, Stage
from reports.acquisition import count_acquisitions
from reports.funnel import count_funnel, count_sources
from reports.period import Period
from tests.factories import EVERYTHING, NOW, make_lead

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S07")]
PERIOD = Period(date(2026, 10, 1), date(2026, 11, 30))


def rise(lead, **days):
    for stage, day in days.items():
        change_stage([lead.pk], to=Stage(stage), by=EVERYTHING, as_of=NOW + timedelta(days=day))


@pytest.mark.parametrize(
    ("channel", "by_sales", "kind"),
    [
        (Channel.COLD_CALL, True, "spear"),
        (Channel.PHONE, True, "spear"),
        (Channel.TRADE_FAIR, False, "spear"),
        (Channel.REFERRAL, True, "seed"),
        (Channel.WEBSITE, False, "net"),
        (Channel.SPREADSHEET, False, "net"),
    ],
)
def test_how_a_lead_was_won_follows_from_its_channel(channel, by_sales, kind):
    entry = LeadEntry(
        channel=channel,
        occurred_at=NOW,
        values={"email": "a@example.org"},
        is_sales_sourced=by_sales,
    )

    enter_leads([entry], by=EVERYTHING, as_of=NOW)

    assert Lead.objects.get().acquisition_type == kind


def test_what_an_entry_says_comes_before_the_channel_and_can_be_changed():
    lead = make_lead(acquisition_type="seed")

    edit_lead(lead.pk, {"acquisition_type": "spear"}, by=EVERYTHING, as_of=NOW)

    assert lead.acquisition_type == "seed"
    assert Lead.objects.get().acquisition_type == "spear"


@pytest.fixture
def cohort(no_gates):
    rise(make_lead(), mql=1, sql=2, customer=10)
    rise(make_lead(), mql=1, customer=21)
    rise(make_lead(), mql=1)
    make_lead()
    rise(make_lead(channel=Channel.COLD_CALL, is_sales_sourced=True), sql=1, customer=4)
    make_lead(channel=Channel.REFERRAL)


def test_each_way_tells_its_rates_and_its_median_days(cohort):
    rows = count_acquisitions(PERIOD, actor=EVERYTHING)

    told = [(x.kind, x.leads, x.mql, x.sql, x.customers, x.won, x.days) for x in rows]
    assert told == [
        ("spear", 1, 0, 1, 1, 1.0, 4.0),
        ("net", 4, 3, 2, 2, 0.5, 15.5),
        ("seed", 1, 0, 0, 0, 0.0, None),
    ]
    assert all(row.is_small for row in rows)


@pytest.mark.requirement("S56")
def test_the_ways_add_up_to_sources_and_funnel(cohort):
    rows = count_acquisitions(PERIOD, actor=EVERYTHING)
    sources, funnel = (f(PERIOD, actor=EVERYTHING) for f in (count_sources, count_funnel))

    assert sum(row.leads for row in rows) == sum(row.leads for row in sources) == 6
    assert sum(row.mql for row in rows) == sum(row.mql for row in sources) == funnel.mql == 3


def test_leads_from_before_count_and_are_found_by_their_channel(as_user, marketer):
    seed, net = make_lead(channel=Channel.REFERRAL), make_lead(channel=Channel.CHAT)
    spear = make_lead(channel=Channel.WEBSITE, acquisition_type="spear")
    own = make_lead(channel=Channel.PHONE, is_sales_sourced=True)
    for lead in (seed, net, own):
        edit_lead(lead.pk, {"acquisition_type": ""}, by=EVERYTHING, as_of=NOW)
    client = as_user(marketer)

    def found(kind):
        page = client.get(reverse("lead_list"), {"acquisition": kind}).context["page"]
        return {lead.pk for lead in page.rows}

    rows = {row.kind: row.leads for row in count_acquisitions(PERIOD, actor=EVERYTHING)}
    assert rows == {"spear": 2, "seed": 1, "net": 1}
    assert found(AcquisitionType.SPEAR) == {spear.pk, own.pk}
    assert found(AcquisitionType.SEED) == {seed.pk}
    assert found(AcquisitionType.NET) == {net.pk}


def test_the_table_can_be_exported(as_user, viewer, cohort):
    asked = {"first": "2026-10-01", "last": "2026-11-30"}

    page = as_user(viewer).get(reverse("report_acquisition"), asked)
    answer = as_user(viewer).get(reverse("report_acquisition_export"), asked)

    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert page.status_code == 200
    assert [line["kind"] for line in lines] == ["spear", "net", "seed"]
    net = lines[1]
    assert [net[name] for name in ("leads", "mql", "sql", "customers")] == ["4", "3", "2", "2"]
    assert float(net["days"].replace(",", ".")) == 15.5
