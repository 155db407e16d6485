"""A program that speaks to the API with a key."""

import json
from typing import Any

from django.http import HttpResponse
from django.test import Client

from tests.factories import make_token


class ApiClient:
    def __init__(self, owner: Any, *scopes: str) -> None:
        self.token, self.key = make_token(owner, *scopes)
        self.client = Client()

    def call(self, method: str, path: str, data: Any = None, **headers: str) -> HttpResponse:
        body = data if isinstance(data, str | bytes) else json.dumps(data)
        return self.client.generic(
            method,
            f"/api/v1/{path}",
            "" if data is None else body,
            content_type="application/json",
            headers={"Authorization": f"Bearer {self.key}", **headers},
        )

    def get(self, path: str, **headers: str) -> HttpResponse:
        return self.call("GET", path, **headers)

    def post(self, path: str, data: Any = None, **headers: str) -> HttpResponse:
        return self.call("POST", path, {} if data is None else data, **headers)

    def patch(self, path: str, data: Any) -> HttpResponse:
        return self.call("PATCH", path, data)
