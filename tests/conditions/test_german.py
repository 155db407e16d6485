"""The sentences of ``test_describe`` in German, word for word."""

from typing import Any

import pytest

from tests.conditions.test_describe import EVERY, sentence

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("where", "german"), [(where, de) for where, _en, de in EVERY], ids=str)
def test_a_condition_reads_well_in_german(where: dict[str, Any], german: str) -> None:
    assert sentence(where, "de") == german
