"""The server of the tests is the one that was asked for."""

import os

from django.db import connection

OLDEST_SUPPORTED = 15


def test_the_tests_run_on_the_version_that_was_asked_for(db):
    version = connection.pg_version // 10_000

    assert version >= OLDEST_SUPPORTED
    assert version == int(os.environ.get("TEST_POSTGRES", version))
