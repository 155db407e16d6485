"""A website whose script posts to HubSpot's forms API, and a server that does."""

import json
import time
from dataclasses import dataclass
from typing import Any

from tests.simulators.wire import Answered, ask

WORDING = "Yes, send me news by e-mail."


@dataclass
class HubSpotSite:
    """Posts to ``host`` in place of https://api.hsforms.com."""

    host: str
    portal_id: str = "62515"
    form_guid: str = "4f4c5d5c-8b1e-4a3c-9d0e-5d1b6f0a1b2c"
    origin: str = "https://www.example.org"

    @property
    def url(self) -> str:
        path = f"/submissions/v3/integration/submit/{self.portal_id}/{self.form_guid}"
        return f"{self.host}{path}"

    def preflight(self) -> Answered:
        headers = {
            "Origin": self.origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type",
        }
        return ask(self.url, method="OPTIONS", headers=headers)

    def submission(self, *, ticked: bool = True, **values: str) -> dict[str, Any]:
        given = {"firstname": "Eva", "lastname": "Muster", "email": "eva@example.org", **values}
        told = {"value": ticked, "subscriptionTypeId": 999, "text": WORDING}
        return {
            "submittedAt": str(int(time.time() * 1000)),
            "fields": [{"objectTypeId": "0-1", "name": k, "value": v} for k, v in given.items()],
            "context": {
                "hutk": "60c2ccdfe4892f0fa0593940b12c11aa",
                "pageUri": "https://www.example.org/kontakt?utm_campaign=herbst&gclid=abc",
                "pageName": "Kontakt",
            },
            "legalConsentOptions": {
                "consent": {
                    "consentToProcess": True,
                    "text": "I agree that my data is stored.",
                    "communications": [told],
                }
            },
        }

    def submit(self, submission: Any) -> Answered:
        headers = {"Origin": self.origin, "Content-Type": "application/json"}
        return ask(self.url, method="POST", body=json.dumps(submission).encode(), headers=headers)
