"""Two requests that both find a name free: one is done, the other is told, and none breaks."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.actions.teams import create_team
from accounts.models import Team
from tests.database.connections import elsewhere, open_transaction
from tests.factories import EVERYTHING, make_user
from tests.services.running import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def _is_anybody_waiting() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return cursor.fetchone()[0] > 0


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_the_second_click_is_told_that_the_first_was_enough(headers):
    admin, client = make_user("admin"), Client(raise_request_exception=False)
    client.force_login(admin, backend="allauth.account.auth_backends.AuthenticationBackend")
    post = partial(client.post, reverse("teams"), {"name": "Nord"}, headers=headers)
    first = partial(create_team, name="Nord", by=EVERYTHING, as_of=timezone.now())

    with ThreadPoolExecutor(1) as pool:
        with open_transaction(first):
            second = pool.submit(elsewhere, post)
            wait_until(_is_anybody_waiting)
        answer = second.result()

    assert answer.status_code == 409
    assert "by a second click" in answer.content.decode() + answer.headers.get("HX-Trigger", "")
    assert Team.objects.filter(name="Nord").count() == 1
