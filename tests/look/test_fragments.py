import json

import pytest
from django.contrib import messages
from django.contrib.messages.storage.fallback import FallbackStorage
from django.http import HttpResponse
from django.shortcuts import redirect
from django.test import RequestFactory

from ground.toasts import toast
from leadcrm.fragments import FragmentMiddleware

HTMX = {"HX-Request": "true"}


def answer(view, *, method="post", headers=HTMX):
    request = getattr(RequestFactory(), method)("/x/", headers=headers)
    request.session = {}
    request._messages = FallbackStorage(request)
    return FragmentMiddleware(view)(request)


def notes(response):
    return json.loads(response["HX-Trigger"])["toast"]["notes"]


def test_a_message_becomes_a_toast_with_the_way_back():
    def view(request):
        toast(request, "Gelöscht: „Ä“", undo_url="/undo/7/")
        return HttpResponse("ok")

    response = answer(view)

    assert notes(response) == [{"level": "success", "text": "Gelöscht: „Ä“", "undo": "/undo/7/"}]
    assert response["HX-Trigger"].isascii()


@pytest.mark.parametrize("asked", ["listing:refresh", '{"listing:refresh": {}}'])
def test_events_of_the_view_stay(asked):
    def view(request):
        toast(request, "Saved", level=messages.WARNING)
        return HttpResponse(headers={"HX-Trigger": asked})

    response = answer(view)

    assert json.loads(response["HX-Trigger"])["listing:refresh"] == {}
    assert notes(response)[0]["level"] == "warning"


def test_a_redirect_after_a_post_opens_the_page_and_keeps_the_message():
    def view(request):
        toast(request, "Saved")
        return redirect("/leads/")

    response = answer(view)

    assert (response.status_code, response["HX-Redirect"]) == (200, "/leads/")
    assert "HX-Trigger" not in response


def test_a_redirect_after_a_get_stays_one():
    response = answer(lambda request: redirect("/leads/"), method="get")

    assert (response.status_code, response["Location"]) == (302, "/leads/")


def test_a_session_that_ended_leaves_the_page_with_what_was_typed(client, db):
    response = client.get("/styleguide/listing/", headers=HTMX)

    assert response.status_code == 401
    assert response["HX-Reswap"] == "none"
    assert notes(response)[0]["text"].startswith("Your session has ended.")


def test_a_whole_page_is_left_alone():
    def view(request):
        toast(request, "Saved")
        return redirect("/leads/")

    response = answer(view, headers={})

    assert (response.status_code, "HX-Redirect" in response) == (302, False)


def test_caches_know_that_parts_differ_from_pages():
    response = answer(lambda request: HttpResponse())

    assert response["Vary"] == "HX-Request, HX-Target"
