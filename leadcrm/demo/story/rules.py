"""The scoring rules of the demo, as marketing and sales of a solar firm agree on them."""

from typing import Any

SCORING_LIMITS: dict[str, Any] = {
    "mql_threshold": 60,
    "min_fit": 10,
    "hot_score": 70,
    "warm_score": 40,
}


def _fit(points: int, german: str, english: str, where: dict[str, Any]) -> dict[str, Any]:
    return {
        "axis": "fit",
        "points": points,
        "name_de": german,
        "name_en": english,
        "where": where,
    }


def _act(points: int, german: str, english: str, kind: str, **more: Any) -> dict[str, Any]:
    return {
        "axis": "engagement",
        "points": points,
        "name_de": german,
        "name_en": english,
        "activity_kind": kind,
        **more,
    }


SCORING_RULES: tuple[dict[str, Any], ...] = (
    _fit(
        20,
        "Ab 50 Mitarbeitende",
        "50 employees or more",
        {"field": "custom.employees", "op": "at_least", "value": 50},
    ),
    _fit(
        10,
        "Firma ist bekannt",
        "Company is known",
        {"field": "company_name", "op": "is_set"},
    ),
    _fit(
        10,
        "Will eine Dachanlage oder einen Speicher",
        "Wants a roof system or a battery",
        {
            "any": [
                {"field": "custom.interest", "op": "is", "value": "dach"},
                {"field": "custom.interest", "op": "is", "value": "speicher"},
            ]
        },
    ),
    _fit(
        5,
        "Aus Deutschland",
        "From Germany",
        {"field": "country", "op": "is", "value": "DE"},
    ),
    _act(
        15,
        "Formular gesendet",
        "Sent a form",
        "form.submitted",
        half_life_days=60,
        cap=30,
    ),
    _act(
        10,
        "Zum Webinar oder Event angemeldet",
        "Registered for a webinar or event",
        "event.registered",
        half_life_days=60,
        cap=20,
    ),
    _act(
        20,
        "Beim Webinar oder Event gewesen",
        "Attended a webinar or event",
        "event.attended",
        half_life_days=90,
        cap=40,
    ),
    _act(
        -5,
        "Angemeldet und nicht gekommen",
        "Registered and did not come",
        "event.missed",
        half_life_days=60,
        cap=10,
    ),
    _act(
        3,
        "Seite besucht",
        "Visited a page",
        "page.visited",
        half_life_days=21,
        cap=24,
    ),
    _act(
        8,
        "Preise angesehen",
        "Looked at prices",
        "page.visited",
        detail="page_path",
        detail_value="/preise/",
        half_life_days=30,
        cap=24,
    ),
)
