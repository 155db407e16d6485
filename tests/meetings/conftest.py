import pytest

from capture.guard.doors import FORM
from handoff.meetings.booking import looks


@pytest.fixture(autouse=True)
def _own_pace(settings, tmp_path):
    """Forget the posts of the tests before, which all come from one address."""
    FORM.clear()
    looks.clear()
    settings.SPOOL_DIR = tmp_path
