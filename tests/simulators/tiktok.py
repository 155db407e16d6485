"""TikTok as it delivers leads of instant forms."""

import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from typing import Any

from tests.simulators.wire import Answered, ask


@dataclass
class TikTok:
    """Posts leads to ``url``, signed with the secret of the app."""

    url: str
    secret: str

    def lead(self, lead_id: str = "7001", **answers: str) -> dict[str, Any]:
        asked = {"Name": "Eva Muster", "Email": "eva@example.org", "Phone number": "+4930901820"}
        return {
            "lead_id": lead_id,
            "page_id": "7100000000000000001",
            "campaign_id": "1700000000000001",
            "campaign_name": "Herbst",
            "ad_name": "Dach",
            "create_time": 1793522000,
            "changes": [{"field": k, "value": v} for k, v in (asked | answers).items()],
        }

    def deliver(self, *leads: dict[str, Any], at: float = 0, secret: str = "") -> Answered:
        """Send leads; ``at`` is the time of the signature."""
        seconds = str(int(at or time.time()))
        body = json.dumps({"object": "lead", "time": int(seconds), "entry": leads}).encode()
        signed = seconds.encode() + b"." + body
        digest = hmac.new((secret or self.secret).encode(), signed, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "TikTok-Signature": f"t={seconds},s={digest}",
        }
        return ask(self.url, method="POST", body=body, headers=headers)
