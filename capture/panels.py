"""What capture shows on the page of a lead and on the start page."""

from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts.actor import Actor
from accounts.memo import memo
from accounts.rights import Right
from capture.activities import FORM_SUBMITTED, MAIL_RECEIVED
from capture.catalogue import CUSTOM_PREFIX
from capture.embedding import embed_line
from capture.known import Asker, as_asker, asking_forms
from capture.models import (
    Chat,
    Form,
    FormHealth,
    FormState,
    LeadPhoto,
    Submission,
    SubmissionState,
    Touch,
)
from capture.profiling import NEVER_ASKED
from ground.home import HomeCard, register_home_card
from ground.together import Reader, read_together
from leads.models import Activity, Lead
from leads.panels import Panel, register_panel
from leads.profile import fields_of_profile, is_too_early, profile_of, profile_rows
from leads.stages import Channel

SHOWN = 5
FORMS_WITH_FILES = 10
_CHANNELS = dict(Channel.choices)
# For so long the start page tells of the first lead.
FIRST_LEAD_IS_NEWS = timedelta(hours=1)


def touch_panel(lead: Lead, actor: Actor) -> Reader[dict[str, Any]]:
    """Return the newest touches of a lead, and the one that led here first."""
    rows = Touch.objects.filter(lead=lead).select_related("campaign", "link__post")
    touches, oldest = yield [rows[: SHOWN + 1], rows.order_by("occurred_at", "pk")[:1]]
    first = oldest[0] if len(touches) > SHOWN else None
    return {
        "touches": [_told(touch) for touch in touches[:SHOWN]],
        "first": _told(first) if first else None,
    }


def _told(touch: Touch) -> dict[str, Any]:
    words = (touch.utm_source, touch.utm_medium, touch.utm_term, touch.utm_content)
    return {
        "touch": touch,
        "channel": _CHANNELS.get(touch.channel, touch.channel),
        "campaign": touch.campaign.name if touch.campaign else touch.utm_campaign,
        "post": touch.link.post if touch.link else None,
        "words": " · ".join(word for word in words if word),
    }


register_panel(Panel("touches", "capture/parts/lead.html", touch_panel, place="side", order=60))


def file_panel(lead: Lead, actor: Actor) -> Reader[dict[str, Any]]:
    """Return the files that the lead sent and the pictures it was entered from, newest first."""
    by_form = Q(kind=FORM_SUBMITTED, data__files__isnull=False)
    by_mail = Q(kind=MAIL_RECEIVED, data__attachments__0__isnull=False)
    sent = Activity.objects.filter(by_form | by_mail, lead=lead).order_by("-occurred_at", "-pk")
    photos = LeadPhoto.objects.filter(lead=lead).defer("data")
    rows, pictures = yield [sent[:FORMS_WITH_FILES], photos[:FORMS_WITH_FILES]]
    return {"photos": pictures, "files": [file for row in rows for file in _files(row)]}


def _files(row: Activity) -> list[dict[str, Any]]:
    """Return name, size and address of each file that came with an activity."""
    data = row.data
    if row.kind == MAIL_RECEIVED:
        return [
            {
                **file,
                "activity": row,
                "url": reverse("mail_attachment", args=[data["event"], file["number"]]),
            }
            for file in data["attachments"]
            if file["is_kept"]
        ]
    return [
        {
            **file,
            "activity": row,
            "url": reverse(
                "submission_file", args=[data["submission"], file["field"], file["number"]]
            ),
        }
        for file in data["files"]
    ]


register_panel(Panel("files", "capture/parts/files.html", file_panel, place="side", order=65))


def chat_panel(lead: Lead, actor: Actor) -> Reader[dict[str, Any]]:
    """Return the talks with the lead, the newest first."""
    rows = Chat.objects.filter(lead=lead).select_related("rep").order_by("-started_at", "-pk")
    (chats,) = yield [rows[:SHOWN]]
    return {"chats": chats}


register_panel(Panel("chats", "capture/chat/panel.html", chat_panel, place="side", order=62))


def profile_panel(lead: Lead, actor: Actor) -> Reader[dict[str, Any]]:
    """Return how complete the profile of a lead is, what is missing, and which forms ask for it."""
    rows, forms = yield [profile_rows(Lead.objects.filter(pk=lead.pk)), asking_forms()]
    percent, names = profile_of(rows[0]) if rows else (0, [])
    labels = fields_of_profile()
    askers = [as_asker(form) for form in forms] if actor.may(Right.LEADS_EDIT) else []
    return {
        "percent": percent,
        "missing": [
            {"name": name, "label": labels.get(name, name), "asker": _asker_for(name, askers)}
            for name in names
        ],
        "early_until": is_too_early(lead, as_of=timezone.now()),
        "lead": lead,
    }


def _asker_for(name: str, askers: list[Asker]) -> Asker | None:
    field = name.replace("custom.", CUSTOM_PREFIX)
    can_ask = field not in NEVER_ASKED
    return next((item for item in askers if can_ask and field in item.names), None)


register_panel(Panel("profile", "capture/parts/profile.html", profile_panel, place="side", order=5))


def _news(actor: Actor) -> tuple[list[FormHealth], list[Submission]]:
    """Return ailing forms and the first two that became leads: two cards, asked together."""
    return memo("news of capture", lambda: tuple(read_together(_ailing(), _first_two(actor))))


def _ailing() -> Reader[list[FormHealth]]:
    rows = FormHealth.objects.filter(form__state=FormState.PUBLISHED).select_related("form")
    ill = rows.filter(~Q(problem="") | Q(silent_since__isnull=False)).order_by("form__name")
    (found,) = yield [ill[:SHOWN]]
    return found


def _first_two(actor: Actor) -> Reader[list[Submission]]:
    sent = Submission.objects.visible_to(actor).filter(
        state=SubmissionState.PROCESSED, lead__isnull=False
    )
    (found,) = yield [sent.defer("body").order_by("received_at", "id")[:2]]
    return found


def first_lead(actor: Actor, request: HttpRequest) -> dict[str, Any] | None:
    """Return the form to try while none has brought a lead, then the first lead; later None."""
    _ill, found = _news(actor)
    if not found:
        form = Form.objects.filter(state=FormState.PUBLISHED).order_by("pk").first()
        return {"form": form, "snippet": embed_line(form)} if form else None
    if len(found) > 1 or found[0].received_at < timezone.now() - FIRST_LEAD_IS_NEWS:
        return None
    lead = Lead.objects.visible_to(actor).filter(submissions=found[0]).first()
    return {"lead": lead} if lead else None


def ailing_forms(actor: Actor, request: HttpRequest) -> dict[str, Any] | None:
    """Return the published forms that do not work or fell silent, None where all are well."""
    found, _sent = _news(actor)
    return {"ailing": found} if found else None


register_home_card(
    HomeCard("ailing_forms", "capture/health/card.html", ailing_forms, "top", 10, Right.FORMS_READ)
)
register_home_card(
    HomeCard("first_lead", "capture/first_lead.html", first_lead, "top", 20, Right.SUBMISSIONS_READ)
)
