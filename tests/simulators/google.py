"""Google Ads as it delivers leads of lead form assets."""

import json
from dataclasses import dataclass
from typing import Any

from tests.simulators.wire import Answered, ask


@dataclass
class GoogleAds:
    """Posts leads to ``url`` with the key that was typed in beside it."""

    url: str
    key: str

    def lead(self, lead_id: str = "lead-1", **overrides: Any) -> dict[str, Any]:
        """Return a lead as Google writes it; ``email`` and ``name`` fill its columns."""
        columns = [
            ("Full Name", overrides.pop("name", "Eva Muster"), "FULL_NAME"),
            ("User Email", overrides.pop("email", "eva@example.org"), "EMAIL"),
            ("Which roof do you have?", overrides.pop("answer", "Flat"), ""),
        ]
        return {
            "lead_id": lead_id,
            "user_column_data": [
                {"column_name": label, "string_value": value} | ({"column_id": key} if key else {})
                for label, value, key in columns
            ],
            "api_version": "1.0",
            "form_id": 40000000001,
            "campaign_id": 10000000001,
            "google_key": self.key,
            "is_test": False,
            "gcl_id": "Cj0KCQiA",
            "adgroup_id": 20000000001,
            "creative_id": 30000000001,
            "lead_submit_time": "2026-11-01T09:30:00Z",
            "a_field_of_tomorrow": {"unknown": True},
            **overrides,
        }

    def deliver(self, lead: dict[str, Any]) -> Answered:
        headers = {"Content-Type": "application/json", "User-Agent": "Google-Ads-Leads"}
        return ask(self.url, method="POST", body=json.dumps(lead).encode(), headers=headers)
