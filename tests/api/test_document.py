"""The OpenAPI document is right, and no request that follows or breaks it is answered with 500."""

import itertools
import os

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.urls import reverse
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from accounts.rights import ApiScope
from leadcrm.wsgi import application
from tests.factories import make_lead, make_token

# So many calls a set, shared out over its operations; ``make api-long`` makes ten times as many.
CALLS = int(os.environ.get("API_CALLS", "250"))
SETS = (
    *("/leads/", "/forms/", "/submissions/", "/handoffs/", "/opportunities/"),
    *("/posts/", "/pages/", "/funnel/", "/events/", "/meetings/", "/backtests/", "/segments/"),
)


def test_the_document_has_no_warnings_and_is_valid():
    GENERATOR_STATS.reset()

    schema = SchemaGenerator().get_schema(request=None, public=True)

    validate_schema(schema)
    assert not GENERATOR_STATS._warn_cache
    assert not GENERATOR_STATS._error_cache


def test_the_documents_are_public(client):
    assert client.get(reverse("api_schema")).status_code == 200
    assert "Create or fill a lead" in client.get(reverse("api_docs")).content.decode()


@pytest.fixture
def _one_connection():
    """Keep the connection of the test open over many requests, as Django's own client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.django_db
@pytest.mark.usefixtures("_one_connection")
@pytest.mark.parametrize("part", SETS)
def test_no_generated_call_breaks_the_api(part, admin, settings):
    settings.API_REQUESTS_PER_MINUTE = 1_000_000
    make_lead()
    _token, key = make_token(admin, *ApiScope.values)
    schema = schemathesis.openapi.from_wsgi("/api/v1/schema/", application)
    operations = [result.ok() for result in schema.get_all_operations() if part in result.ok().path]
    each = -(-CALLS // len(operations))
    calls = itertools.count()

    for operation in operations:

        @given(case=operation.as_strategy())
        @hypothesis_settings(
            max_examples=each,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def call(case):
            next(calls)
            # Well-formed is not yet possible: a refusal by the domain is 422 and documented.
            case.call_and_validate(
                headers={"Authorization": f"Bearer {key}"},
                excluded_checks=[positive_data_acceptance],
            )

        call()

    assert next(calls) >= CALLS
