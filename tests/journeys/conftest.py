import pytest


@pytest.fixture
def own_site(settings, tmp_path, live_server) -> None:
    """Let links lead to the live server, and keep what waits on disk in a folder of the test."""
    settings.SPOOL_DIR = tmp_path
    settings.BASE_URL = live_server.url
