"""Any program that sends JSON, signed or with a token."""

import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from typing import Any

from tests.simulators.wire import Answered, ask


@dataclass
class Program:
    """Posts JSON to ``url``."""

    url: str
    secret: str

    def send(self, value: Any) -> Answered:
        """Send with the secret as a token."""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.secret}"}
        return ask(self.url, method="POST", body=json.dumps(value).encode(), headers=headers)

    def send_signed(self, value: Any, *, at: float = 0, header: str | None = None) -> Answered:
        """Send signed; ``header`` replaces the signature."""
        body = json.dumps(value).encode()
        seconds = str(int(at or time.time()))
        digest = hmac.new(
            self.secret.encode(), seconds.encode() + b"." + body, hashlib.sha256
        ).hexdigest()
        signature = f"t={seconds},s={digest}" if header is None else header
        headers = {"Content-Type": "application/json", "X-LeadCRM-Signature": signature}
        return ask(self.url, method="POST", body=body, headers=headers)
