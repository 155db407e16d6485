"""Registers what stands in addresses, whichever test of the folder runs."""

import pytest

from tests.rights import (  # noqa: F401
    capture_objects,
    chat_objects,
    connector_objects,
    event_objects,
    link_objects,
    meeting_objects,
    nurturing_objects,
    objects,
    scoring_objects,
    stuck_objects,
)
from tests.rights.asking import undone
from tests.rights.world import World


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """One world for all tests of a file, which leave nothing in it: making one takes its time."""
    with django_db_blocker.unblock(), undone():
        yield World()


@pytest.fixture(autouse=True)
def _own_media(settings, tmp_path):
    """Files that pages hand out lie where nothing is left of them."""
    settings.MEDIA_ROOT = tmp_path
