"""LinkedIn: the lead notifications of an app, and the API that has the responses."""

import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from typing import Any

from tests.simulators.wire import Answered, Asked, Server, ask

WORDING = "I agree to receive news by e-mail."


def _digest(secret: str, message: bytes) -> str:
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


@dataclass
class LinkedInApp:
    """Speaks to ``url`` as lead notification subscriptions do."""

    url: str
    secret: str

    def check_address(self) -> tuple[Answered, str]:
        """Check the address; returns the answer and what the response must be."""
        code = "890e4665-4dfe-4ab1-b689-ed553bceeed0"
        return ask(f"{self.url}?challengeCode={code}"), _digest(self.secret, code.encode())

    def notify(self, response_id: str, *, action: str = "CREATED", secret: str = "") -> Answered:
        note = {
            "type": "LEAD_ACTION",
            "leadGenFormResponse": f"urn:li:leadGenFormResponse:{response_id}",
            "leadGenForm": "urn:li:versionedLeadGenForm:(urn:li:leadGenForm:7234246,1)",
            "owner": {"sponsoredAccount": "urn:li:sponsoredAccount:11223344"},
            "leadType": "SPONSORED",
            "leadAction": action,
            "occurredAt": int(time.time() * 1000),
        }
        body = json.dumps(note).encode()
        signature = _digest(secret or self.secret, b"hmacsha256=" + body)
        headers = {"Content-Type": "application/json", "X-LI-Signature": signature}
        return ask(self.url, method="POST", body=body, headers=headers)


@dataclass
class LeadSync:
    """The Lead Sync API with the responses to one form."""

    token: str = "member-token"
    responses: dict[str, dict[str, Any]] = field(default_factory=dict)
    failures: list[tuple[int, Any]] = field(default_factory=list)

    def add(self, key: str, *, accepted: bool = True, **answers: str) -> None:
        given = {"FIRST_NAME": "Eva", "LAST_NAME": "Muster", "EMAIL": "eva@example.org", **answers}
        questions = [
            {
                "questionId": 100 + number,
                "name": name.lower(),
                "predefinedField": name,
                "question": {"localized": {"en_US": name.title()}},
            }
            for number, name in enumerate(given)
        ]
        wording = {"localized": {"en_US": WORDING}}
        self.responses[key] = {
            "id": key,
            "submittedAt": 1793522000000,
            "testLead": False,
            "leadType": "SPONSORED",
            "leadMetadataInfo": {
                "sponsoredLeadMetadataInfo": {"campaign": {"id": "1", "name": "Herbst"}}
            },
            "form": {
                "id": 7234246,
                "name": "Whitepaper",
                "hiddenFields": [{"name": "utm_source", "value": "linkedin"}],
                "content": {
                    "questions": questions,
                    "legalInfo": {"consents": [{"id": 55, "consent": wording}]},
                },
            },
            "formResponse": {
                "answers": [
                    {
                        "questionId": 100 + number,
                        "answerDetails": {"textQuestionAnswer": {"answer": text}},
                    }
                    for number, text in enumerate(given.values())
                ],
                "consentResponses": [{"consentId": 55, "accepted": accepted}],
            },
        }

    def server(self) -> Server:
        return Server(self.answer)

    def answer(self, asked: Asked) -> tuple[int, Any]:
        if self.failures:
            return self.failures.pop(0)
        if asked.headers.get("authorization") != f"Bearer {self.token}":
            return 401, {"message": "The token used in the request has expired", "status": 401}
        if asked.headers.get("x-restli-protocol-version") != "2.0.0":
            return 400, {"message": "Wrong protocol version"}
        name = asked.path.rsplit("/", 1)[-1]
        if name == "leadFormResponses":
            return 200, {"elements": list(self.responses.values()), "paging": {"start": 0}}
        if name in self.responses:
            return 200, self.responses[name]
        return 404, {"message": "No such response", "status": 404}
