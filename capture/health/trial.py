"""Sending a form as a visitor would, from the public door to the lead, and taking it back."""

import base64
import json
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4
from wsgiref.util import setup_testing_defaults

import altcha
from django.core.handlers.wsgi import WSGIRequest
from django.db import transaction

from accounts.actor import Actor
from capture import door
from capture.actions.intake import take_in_submissions
from capture.definition import FieldSpec
from capture.guard import proof
from capture.models import Submission, SubmissionState
from capture.questions import CHOICE_KINDS, SCALES
from capture.reading import ARM, LANGUAGE
from capture.rendering import render_fields
from capture.snapshots import PublicForm

AGENT = "LeadCRM self-test (not a visitor)"
# Longer than a machine takes, which would look like spam.
_FILLED_IN = timedelta(seconds=30)
_ANSWERS = {
    "email": "test@example.org",
    "tel": "+49 30 901820",
    "url": "https://www.example.org",
    "number": "1",
    "date": "2030-01-15",
    "time": "12:00",
    "checkbox": "on",
}


def try_form(form: PublicForm, *, by: Actor, as_of: datetime) -> str:
    """Return what goes wrong when ``form`` is filled in and sent, "" when it becomes a lead.

    Nothing of it stays: all of it is one transaction that is rolled back.
    """
    with transaction.atomic():
        try:
            with transaction.atomic():
                return _try(form, by, as_of)
        except Exception as error:  # noqa: BLE001 - whatever it is, the form does not work
            return f"{type(error).__name__}: {error}"[:500]
        finally:
            transaction.set_rollback(True)


def versions_shown(form: PublicForm) -> list[PublicForm]:
    """Return ``form`` as visitors see it: in both arms while a test runs, in each language."""
    arms = form.trial.arms if form.trial and form.trial.is_open else ()
    shown = [form.in_arm(arm.name) for arm in arms] or [form]
    return [version.spoken(language) for version in shown for language in version.languages]


def _try(form: PublicForm, by: Actor, as_of: datetime) -> str:
    html = render_fields(form)
    lacking = [spec.name for spec in form.definition.asked if f'name="{spec.name}"' not in html]
    if lacking:
        return f"not drawn: {', '.join(lacking)}"
    key = uuid4()
    answers = {**_filled_in(form), **_protocol(form, as_of), "submission_id": str(key)}
    outcome = door.take(_request(form, answers), form.public_id, as_of)
    if outcome.status != 200:
        return f"{outcome.status}: {outcome.errors or outcome.message}"[:500]
    take_in_submissions([key], by=by, as_of=as_of)
    row = Submission.objects.defer("body").get(pk=key)
    if row.state != SubmissionState.PROCESSED or row.lead_id is None:
        return f"{row.state}: {row.errors or row.verdict}"[:500]
    return ""


def _filled_in(form: PublicForm) -> dict[str, Any]:
    """Return an answer to each field; files cannot be required of a program."""
    answers = {spec.name: _answer(spec) for spec in form.definition.asked if spec.kind != "file"}
    ticked = {item.name: "on" for item in form.definition.consents if item.required}
    return {**answers, **ticked}


def _answer(spec: FieldSpec) -> str:
    if spec.name == "country":
        return "DE"
    if spec.kind in SCALES:
        return str(max(SCALES[spec.kind]))
    if spec.kind in CHOICE_KINDS:
        return str(spec.choices[0]["value"])
    if spec.kind == "number":
        return spec.minimum or spec.maximum or _ANSWERS["number"]
    return _ANSWERS.get(spec.kind, "Test")


def _protocol(form: PublicForm, as_of: datetime) -> dict[str, str]:
    """Return the proof of work and the time, as the script of a browser adds them."""
    form_id = str(form.public_id)
    task = proof.new_challenge(form_id, as_of=as_of)
    solved = altcha.solve_challenge_v1(
        task["challenge"], task["salt"], task["algorithm"], task["maxNumber"]
    )
    assert solved is not None
    names = ("algorithm", "challenge", "salt", "signature")
    payload = {**{name: task[name] for name in names}, "number": solved.number}
    return {
        proof.PROOF: base64.b64encode(json.dumps(payload).encode()).decode(),
        proof.STARTED: proof.new_started(form_id, as_of=as_of - _FILLED_IN),
        LANGUAGE: form.language,
        ARM: form.arm,
    }


def _request(form: PublicForm, answers: dict[str, Any]) -> WSGIRequest:
    body = json.dumps(answers).encode()
    environ: dict[str, Any] = {}
    setup_testing_defaults(environ)
    environ |= {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": f"/f/{form.public_id}/",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_USER_AGENT": AGENT,
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.input": BytesIO(body),
        **({"HTTP_ORIGIN": form.allowed_origins[0]} if form.allowed_origins else {}),
    }
    return WSGIRequest(environ)
