import json
from uuid import uuid4

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt


@csrf_exempt
def store(request: HttpRequest, public_id: object = None) -> HttpResponse:
    if request.method == "POST":
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO bench_bare (id, body, received_at) VALUES (%s, %s, %s)",
                [uuid4(), request.body, timezone.now()],
            )
    return HttpResponse("{}", content_type="application/json")


@csrf_exempt
def store_events(request: HttpRequest) -> HttpResponse:
    told = json.loads(request.body)
    now, rows = timezone.now(), []
    for event in told["b"]:
        rows += [uuid4(), told["v"], event["e"], json.dumps(event), now]
    places = ", ".join(["(%s, %s, %s, %s, %s)"] * len(told["b"]))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO bench_events (id, visitor, kind, data, at) VALUES {places}",
            rows,
        )
    return HttpResponse(status=204)


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(
        '<!doctype html><meta name="viewport" content="width=device-width">'
        '<form method="post"><input class="lf-input" name="email"><button>Send</button></form>'
    )


urlpatterns = [
    path("page", page),
    path("healthz", store),
    path("f/<uuid:public_id>/", store),
    path("t", store_events),
]
