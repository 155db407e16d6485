"""The figures of the reports as pictures."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from ground.charts import Chart, Series
from reports.acquisition import AcquisitionRow
from reports.funnel import Funnel, SourceRow, Stock
from reports.networks import NetworkRow


def funnel_chart(funnel: Funnel) -> Chart:
    """Show how many reached each stage."""
    won = next(step for step in funnel.steps if step.stage == "customer")
    share = "–" if won.of_all is None else number_format(won.of_all * 100, 1)
    return Chart(
        key="funnel",
        title=_("Leads that reached each stage"),
        labels=[str(step.stage.label) for step in funnel.steps],
        series=[Series(_("Leads"), [step.reached for step in funnel.steps])],
        number=f"{share} %",
        note=_("became customers"),
    )


def stock_chart(stock: Sequence[Stock]) -> Chart:
    """Show how many leads stand in each stage now."""
    return Chart(
        key="stock",
        title=_("Leads in each stage today"),
        labels=[str(row.stage.label) for row in stock],
        series=[Series(_("Leads"), [row.count for row in stock], "violet")],
        number=number_format(sum(row.count for row in stock), force_grouping=True),
        note=_("leads in all"),
    )


def arrivals_chart(weeks: Sequence[tuple[datetime, int, int]]) -> Chart:
    """Show new leads and MQLs week by week."""
    return Chart(
        key="arrivals",
        kind="line",
        title=_("New leads a week, and who of them became MQL"),
        labels=[date_format(week, "SHORT_DATE_FORMAT") for week, _leads, _mql in weeks],
        series=[
            Series(_("New leads"), [leads for _week, leads, _mql in weeks], "blue"),
            Series(_("MQL"), [mql for _week, _leads, mql in weeks], "violet"),
        ],
        number=number_format(sum(leads for _week, leads, _mql in weeks), force_grouping=True),
        note=_("new leads"),
    )


def source_chart(rows: Sequence[SourceRow]) -> Chart:
    """Show customers per hundred leads by channel."""
    best = rows[0].label if rows else "–"
    return Chart(
        key="sources",
        title=_("Customers per 100 leads"),
        labels=[row.label for row in rows],
        series=[Series(_("Customers"), [round((row.won or 0) * 100, 1) for row in rows], "green")],
        number=best,
        note=_("is the best channel"),
        unit="%",
        places=1,
    )


def acquisition_chart(rows: Sequence[AcquisitionRow]) -> Chart:
    """Show how many of a hundred leads of each way became MQL, SQL and customers."""
    best = rows[0].label if rows and rows[0].customers else "–"
    parts = (
        (_("MQL"), "violet", [row.mql_rate for row in rows]),
        (_("SQL"), "teal", [row.sql_rate for row in rows]),
        (_("Customers"), "green", [row.won for row in rows]),
    )
    return Chart(
        key="acquisition",
        title=_("Of 100 leads"),
        labels=[row.label for row in rows],
        series=[
            Series(name, [round((rate or 0) * 100, 1) for rate in rates], tone)
            for name, tone, rates in parts
        ],
        number=best,
        note=_("wins most"),
        unit="%",
        places=1,
    )


def network_chart(rows: Sequence[NetworkRow]) -> Chart:
    """Show signals, leads and customers of each network beside one another."""
    return Chart(
        key="networks",
        title=_("Signals, leads and customers"),
        labels=[row.label for row in rows],
        series=[
            Series(_("Signals"), [row.signals or 0 for row in rows], "violet"),
            Series(_("Leads"), [row.leads for row in rows], "blue"),
            Series(_("Customers"), [row.customers for row in rows], "green"),
        ],
        number=str(sum(row.leads for row in rows)),
        note=_("leads from networks"),
    )
