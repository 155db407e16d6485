"""Lead forms of LinkedIn: a notification names the response, which is asked for at their server.

https://learn.microsoft.com/linkedin/shared/api-guide/webhook-validation
https://learn.microsoft.com/linkedin/marketing/lead-sync/leadsync
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext_lazy as _

from capture.connectors.payloads import (
    as_dict,
    as_list,
    as_text,
    load_json,
    load_object,
    moment,
    to_bytes,
)
from capture.connectors.registry import Connector, Setting
from capture.connectors.signatures import check_signature, hex_hmac
from capture.connectors.told import Field, HookError, Incoming, Item, Keys, Reply, Told
from ground.errors import PermanentError, RetryableError
from ground.outside import fetch
from leads.stages import Channel

_PREFIX = b"hmacsha256="
_SHAPE = (
    "id,submittedAt,testLead,leadType,versionedLeadGenFormUrn,leadMetadataInfo,formResponse,"
    "form:(id,name,hiddenFields,content)"
)
_PAGE_SIZE = 100


class LinkedIn(Connector):
    """The lead notifications of the Lead Sync API."""

    key = "linkedin"
    label = _("LinkedIn lead forms")
    summary = _("Leads of lead gen forms in ads, on pages and at events.")
    icon = "brand-linkedin"
    channel = Channel.LINKEDIN
    has_fetch = True
    consents_carry_text = True
    settings = (
        Setting(
            "client_secret",
            _("client secret"),
            _("Stands at LinkedIn under “Auth” of your app."),
            is_secret=True,
        ),
        Setting(
            "access_token",
            _("access token"),
            _("With the permission r_marketing_leadgen_automation."),
            is_secret=True,
        ),
        Setting(
            "owner",
            _("owner of the forms"),
            _("Needed to fetch missed leads, for example urn:li:sponsoredAccount:123456."),
            is_required=False,
        ),
        Setting("version", _("version of the API"), default="202510"),
        Setting(
            "api_url",
            _("address of the API"),
            is_address=True,
            default="https://api.linkedin.com/rest",
        ),
    )
    steps = (
        _("At developer.linkedin.com make an app and ask for “Lead Sync API”."),
        _("Copy client secret and access token into the fields below and save them first."),
        _("Subscribe to lead notifications with the address shown here; LinkedIn checks it."),
        _(
            "Send a test lead from the preview of a form. It appears under “What came in” and makes"
            " no lead."
        ),
    )
    known_fields = {
        "FIRST_NAME": "first_name",
        "LAST_NAME": "last_name",
        "EMAIL": "email",
        "WORK_EMAIL": "email",
        "PHONE_NUMBER": "phone",
        "WORK_PHONE_NUMBER": "phone",
        "COMPANY_NAME": "company",
        "JOB_TITLE": "job_title",
        "ZIP_CODE": "postal_code",
        "CITY": "city",
        "COUNTRY": "country",
        "COMPANY_WEBSITE": "website",
    }

    def challenge(self, keys: Keys, query: Mapping[str, str]) -> Reply | None:
        """Sign the challenge with the client secret."""
        code = query.get("challengeCode", "")
        secret = keys.secret("client_secret")
        if not code or not secret:
            return None
        answer = {"challengeCode": code, "challengeResponse": hex_hmac(secret, code.encode())}
        return Reply(200, json.dumps(answer).encode())

    def verify(self, keys: Keys, incoming: Incoming) -> None:
        """Check the signature over a fixed prefix and the raw body."""
        given = incoming.headers.get("X-LI-Signature", "").removeprefix(_PREFIX.decode())
        check_signature(keys.secret("client_secret"), given, _PREFIX + incoming.body)

    def items(self, incoming: Incoming) -> list[Item]:
        """Return the one response under its id, apart from the note that it was deleted."""
        value = load_object(incoming.body)
        action = as_text(value.get("leadAction")) or "CREATED"
        key = _response_id(value)
        return [Item(f"{action}:{key}" if key else "", incoming.body)]

    def needs_fetch(self, body: bytes) -> bool:
        """Say whether it is a new response."""
        return _is_new(load_object(body))

    def fetch(self, keys: Keys, body: bytes) -> bytes:
        """Ask for the answers, with the questions of the form."""
        key = quote(_response_id(load_object(body)), safe="")
        return to_bytes(_ask(keys, f"leadFormResponses/{key}?fields={_SHAPE}"))

    def missed(self, keys: Keys, since: datetime) -> Iterable[Item]:
        """Yield the responses to all forms of the owner."""
        owner = keys.setting("owner")
        if not owner:
            raise HookError("no_owner")
        return _responses(keys, owner, since)

    def read(self, body: bytes, content_type: str, fetched: bytes) -> Told:
        """Return the answers under the names of their questions."""
        if not _is_new(load_object(body)):
            return Told(skip="no_lead")
        lead = load_object(fetched)
        form, response = as_dict(lead.get("form")), as_dict(lead.get("formResponse"))
        content = as_dict(form.get("content"))
        key = as_text(lead.get("id"))
        hidden = [
            Field(name, [as_text(item.get("value"))])
            for item in map(as_dict, as_list(form.get("hiddenFields")))
            if (name := as_text(item.get("name")))
        ]
        return Told(
            [*_answers(content, response), *_consents(content, response), *hidden],
            occurred_at=moment(lead.get("submittedAt")),
            channel=Channel.LINKEDIN,
            external=f"linkedin:{key}" if key else "",
            campaign=_campaign(lead),
            source_detail=as_text(form.get("name")),
            extras={"form_id": as_text(form.get("id")), "lead_type": as_text(lead.get("leadType"))},
            is_test=lead.get("testLead") is True,
        )

    def sample(self, keys: Keys, now: datetime) -> Incoming:
        """Return the notification of one response."""
        body = to_bytes(
            {
                "type": "LEAD_ACTION",
                "leadGenFormResponse": f"urn:li:leadGenFormResponse:test-{int(now.timestamp())}",
                "leadGenForm": "urn:li:versionedLeadGenForm:(urn:li:leadGenForm:1,1)",
                "owner": {"sponsoredAccount": "urn:li:sponsoredAccount:1"},
                "leadType": "SPONSORED",
                "leadAction": "CREATED",
                "occurredAt": int(now.timestamp() * 1000),
            }
        )
        signature = hex_hmac(keys.secret("client_secret"), _PREFIX + body)
        return Incoming(body, "application/json", {"X-LI-Signature": signature}, now)

    def sample_fetched(self) -> bytes:
        """Return a response with the questions that every form begins with."""
        asked = {"FIRST_NAME": "Test", "LAST_NAME": "Person", "EMAIL": "test.person@example.com"}
        questions = [
            {"questionId": number, "name": name, "predefinedField": name}
            for number, name in enumerate(asked, 1)
        ]
        answers = [
            {"questionId": number, "answerDetails": {"textQuestionAnswer": {"answer": text}}}
            for number, text in enumerate(asked.values(), 1)
        ]
        return to_bytes(
            {
                "id": "test",
                "testLead": True,
                "form": {"id": 1, "name": "Test", "content": {"questions": questions}},
                "formResponse": {"answers": answers},
            }
        )


def _is_new(value: dict[str, Any]) -> bool:
    return bool(_response_id(value)) and as_text(value.get("leadAction")) in {"", "CREATED"}


def _response_id(value: dict[str, Any]) -> str:
    return as_text(value.get("leadGenFormResponse")).rpartition("urn:li:leadGenFormResponse:")[2]


def _campaign(lead: dict[str, Any]) -> str:
    info = as_dict(lead.get("leadMetadataInfo"))
    sponsored = as_dict(as_dict(info.get("sponsoredLeadMetadataInfo")).get("campaign"))
    return as_text(sponsored.get("name")) or as_text(sponsored.get("id"))


def _answers(content: dict[str, Any], response: dict[str, Any]) -> Iterator[Field]:
    questions = {
        as_text(question.get("questionId")): question
        for question in map(as_dict, as_list(content.get("questions")))
    }
    for answer in map(as_dict, as_list(response.get("answers"))):
        key = as_text(answer.get("questionId"))
        question = questions.get(key, {})
        name = as_text(question.get("predefinedField")) or as_text(question.get("name")) or key
        label = next(iter(as_dict(as_dict(question.get("question")).get("localized")).values()), "")
        details = as_dict(answer.get("answerDetails"))
        text = as_text(as_dict(details.get("textQuestionAnswer")).get("answer"))
        chosen = as_list(as_dict(details.get("multipleChoiceAnswer")).get("options"))
        options = _options(question)
        values = [text] if text else [options.get(as_text(one), as_text(one)) for one in chosen]
        yield Field(name, values, as_text(label))


def _options(question: dict[str, Any]) -> dict[str, str]:
    asked = as_dict(as_dict(question.get("questionDetails")).get("multipleChoiceQuestionDetails"))
    return {
        as_text(option.get("id")): as_text(
            next(iter(as_dict(as_dict(option.get("text")).get("localized")).values()), "")
        )
        for option in map(as_dict, as_list(asked.get("options")))
    }


def _consents(content: dict[str, Any], response: dict[str, Any]) -> Iterator[Field]:
    legal = as_dict(content.get("legalInfo"))
    wordings = {
        as_text(consent.get("id")): as_text(
            next(iter(as_dict(as_dict(consent.get("consent")).get("localized")).values()), "")
        )
        for consent in map(as_dict, as_list(legal.get("consents")))
    }
    for given in map(as_dict, as_list(response.get("consentResponses"))):
        key = as_text(given.get("consentId"))
        value = "yes" if given.get("accepted") is True else "no"
        yield Field(f"consent.{key}", [value], wordings.get(key, ""), is_consent=True)


def _ask(keys: Keys, path: str) -> dict[str, Any]:
    token = keys.secret("access_token")
    if not token:
        raise HookError("no_token")
    headers = {
        "Authorization": f"Bearer {token}",
        "LinkedIn-Version": keys.setting("version"),
        "X-Restli-Protocol-Version": "2.0.0",
    }
    try:
        answer = fetch(f"{keys.setting('api_url').rstrip('/')}/{path}", headers=headers)
    except PermanentError as error:
        raise HookError("server_refused", text=str(error)) from error
    if answer.status >= 500 or answer.status == 429:
        raise RetryableError(f"LinkedIn answered {answer.status}.")
    if answer.status == 401:
        raise HookError("token_expired", text=str(answer.status))
    try:
        value = as_dict(load_json(answer.body))
    except HookError as error:
        raise RetryableError("LinkedIn answered with something unreadable.") from error
    if answer.status >= 400:
        raise HookError("server_refused", text=as_text(value.get("message")) or str(answer.status))
    return value


def _responses(keys: Keys, owner: str, since: datetime) -> Iterator[Item]:
    kind = "organization" if ":organization:" in owner else "sponsoredAccount"
    lead_type = "COMPANY" if kind == "organization" else "SPONSORED"
    start, end = (int(at.timestamp() * 1000) for at in (since, datetime.now(UTC)))
    query = (
        f"leadFormResponses?q=owner&owner=({kind}:{quote(owner, safe='')})"
        f"&leadType=(leadType:{lead_type})&limitedToTestLeads=false"
        f"&submittedAtTimeRange=(start:{start},end:{end})&fields={_SHAPE}"
    )
    for page in count():
        answer = _ask(keys, f"{query}&count={_PAGE_SIZE}&start={page * _PAGE_SIZE}")
        found = [as_dict(item) for item in as_list(answer.get("elements"))]
        for lead in found:
            key = as_text(lead.get("id"))
            note = {
                "type": "LEAD_ACTION",
                "leadGenFormResponse": f"urn:li:leadGenFormResponse:{key}",
                "leadAction": "CREATED",
            }
            yield Item(f"CREATED:{key}", to_bytes(note), to_bytes(lead))
        if len(found) < _PAGE_SIZE:
            return
