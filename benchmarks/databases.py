"""The databases that benchmarks run in."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.utils import timezone

from benchmarks.row import Row


@contextmanager
def empty_database() -> Iterator[None]:
    """Use an empty database of its own in this block."""
    before = connection.settings_dict["NAME"]
    connection.settings_dict["TEST"]["NAME"] = f"bench_{before}"
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)


def make_crowd(leads: int) -> Row:
    """Make ``leads`` leads with ten times as many activities; returns how long that took."""
    from leadcrm.made_data.build import make_data

    print(f"{leads:,} leads …", file=sys.stderr, flush=True)
    now = timezone.now().replace(microsecond=0)
    started = time.perf_counter()
    make_data(leads=leads, activities=10 * leads, seed=1, as_of=now)
    took = time.perf_counter() - started
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
    return Row.of("make_data, ten activities a lead", took, None, "s", f"{leads:,} leads")
