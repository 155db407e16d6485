"""The figures of a backtest and of the quality of a model as pictures."""

from collections.abc import Sequence

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from ground.charts import Chart, Series
from scoring.backtest.figures import Report, found_at
from scoring.backtest.quality import QualityReport

TONES = ("teal", "violet")
# The places on the axis of false alarms, in percent.
GRID = range(0, 101, 5)


def curve_chart(reports: Sequence[Report]) -> Chart:
    """Show how much of the good is found for how many false alarms (ROC)."""
    area = reports[0].area
    return Chart(
        key="curve",
        kind="line",
        title=_("Good leads found, by the share of false alarms (ROC curve)"),
        labels=[f"{share} %" for share in GRID],
        series=[
            *(
                Series(_label(report), [_percent(found_at(report.curve, x / 100)) for x in GRID], t)
                for report, t in zip(reports, TONES, strict=False)
            ),
            Series(_("By chance"), list(GRID), "slate"),
        ],
        number=number_format(round(area.value, 2), 2) if area else "–",
        note=_("AUC: 1 is always right, 0.5 is chance"),
        unit="%",
    )


def weeks_chart(reports: Sequence[Report]) -> Chart:
    """Show how many leads would newly have reached the threshold of each version, by week."""
    own = reports[0].own
    return Chart(
        key="weeks",
        kind="line",
        title=_("Leads that would have become MQL, by week"),
        labels=[date_format(monday, "SHORT_DATE_FORMAT") for monday, _n in reports[0].weeks],
        series=[
            Series(_label(report), [number for _monday, number in report.weeks], tone)
            for report, tone in zip(reports, TONES, strict=False)
        ],
        number=number_format(round(own.per_week, 1), 1),
        note=_("a week on average at %(points)s points") % {"points": own.points},
    )


def bands_chart(reports: Sequence[Report]) -> Chart:
    """Show how many of each band of scores turned out well."""
    rate = reports[0].rate
    return Chart(
        key="bands",
        title=_("Turned out well, by highest score"),
        labels=[band.label for band in reports[0].bands],
        series=[
            Series(
                _label(report),
                [_percent(band.rate.value if band.rate else None) for band in report.bands],
                tone,
            )
            for report, tone in zip(reports, TONES, strict=False)
        ],
        number=f"{number_format(round(rate.value * 100, 1), 1)} %" if rate else "–",
        note=_("of all leads"),
        unit="%",
        places=1,
    )


def threshold_chart(reports: Sequence[Report]) -> Chart:
    """Show how many leads a week each threshold sends to sales."""
    points = range(0, 101, 5)
    own = reports[0].own
    return Chart(
        key="thresholds",
        kind="line",
        title=_("New MQLs a week, by threshold"),
        labels=[str(number) for number in points],
        series=[
            Series(_label(report), [round(report.per_week[p], 1) for p in points], tone)
            for report, tone in zip(reports, TONES, strict=False)
        ],
        number=number_format(round(own.per_week, 1), 1),
        note=_("at the threshold of %(points)s points") % {"points": own.points},
        places=1,
    )


def quality_chart(report: QualityReport) -> Chart:
    """Show how many leads of each band bought after sales took them on."""
    share = report.won / report.leads if report.leads else None
    return Chart(
        key="quality",
        title=_("Bought, by the score when sales took the lead on"),
        labels=[row.band.label for row in report.rows],
        series=[
            Series(
                _("Bought"),
                [_percent(row.band.rate.value if row.band.rate else None) for row in report.rows],
                "green",
            )
        ],
        number="–" if share is None else f"{number_format(round(share * 100, 1), 1)} %",
        note=_("of all leads that sales took on"),
        unit="%",
        places=1,
    )


def _label(report: Report) -> str:
    return _("Version %(number)s") % {"number": report.version.number}


def _percent(share: float | None) -> float | None:
    return None if share is None else round(share * 100, 1)
