from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from accounts.rights import Right
from capture.guard.held import known_count
from capture.models import Campaign, Event, Form
from ground.navigation import Entry, register_entry
from ground.palette import Command, Hit, Source, register_command, register_source

register_entry(Entry("leads", _("Import"), "import_list", "upload", Right.LEADS_IMPORT, 30))
register_entry(Entry("leads", _("Quick entry"), "quick_entry", "pencil", Right.LEADS_CREATE, 25))
register_entry(Entry("leads", _("Chats"), "chat_list", "messages", Right.CHATS_ANSWER, 25))
register_entry(
    Entry("generate", _("Campaigns"), "campaign_list", "speakerphone", Right.REPORTS_READ, 10)
)
register_entry(Entry("generate", _("Costs"), "cost_list", "coin", Right.CAMPAIGNS_MANAGE, 20))
register_entry(Entry("generate", _("Content"), "content_list", "books", Right.REPORTS_READ, 40))
register_entry(
    Entry("generate", _("Events"), "event_list", "calendar-event", Right.REPORTS_READ, 50)
)
register_entry(Entry("generate", _("Posts"), "post_list", "share", Right.REPORTS_READ, 30))
register_entry(Entry("capture", _("Forms"), "form_list", "forms", Right.FORMS_READ, 10))
register_entry(Entry("capture", _("Chats"), "chat_settings", "messages", Right.FORMS_MANAGE, 15))
register_entry(Entry("capture", _("Connectors"), "connection_list", "plug", Right.FORMS_MANAGE, 20))
register_entry(
    Entry("capture", _("Signals"), "profile_list", "thumb-up", Right.SUBMISSIONS_READ, 45)
)
register_entry(
    Entry("capture", _("Submissions"), "submission_list", "inbox", Right.SUBMISSIONS_READ, 40)
)
register_entry(
    Entry("capture", _("Spam"), "spam_list", "shield-x", Right.SUBMISSIONS_READ, 50, known_count)
)
register_entry(
    Entry("capture", _("Tracking"), "tracking_settings", "radar-2", Right.FORMS_MANAGE, 60)
)
register_command(
    Command(
        _("Create a form"),
        "form_create",
        "forms",
        Right.FORMS_MANAGE,
        40,
        is_create=True,
        in_modal=True,
    )
)
register_command(
    Command(
        _("Connect something"),
        "connection_create",
        "plug",
        Right.FORMS_MANAGE,
        45,
        is_create=True,
        in_modal=True,
    )
)
register_command(
    Command(
        _("Create a campaign"),
        "campaign_create",
        "speakerphone",
        Right.CAMPAIGNS_MANAGE,
        50,
        is_create=True,
        in_modal=True,
    )
)
register_command(
    Command(
        _("Add a post"),
        "post_create",
        "share",
        Right.CAMPAIGNS_MANAGE,
        60,
        is_create=True,
        in_modal=True,
    )
)


register_command(
    Command(
        _("Plan an event"),
        "event_create",
        "calendar-event",
        Right.EVENTS_MANAGE,
        70,
        is_create=True,
    )
)


def find_forms(actor: Actor, text: str, limit: int) -> list[Hit]:
    """Return the forms whose name contains ``text``."""
    return [
        Hit(
            form.name,
            reverse("form_edit", args=[form.public_id]),
            "forms",
            str(form.get_state_display()),
        )
        for form in Form.objects.filter(name__icontains=text).order_by("name")[:limit]
    ]


def find_campaigns(actor: Actor, text: str, limit: int) -> list[Hit]:
    """Return the campaigns whose name contains ``text``."""
    return [
        Hit(
            campaign.name,
            reverse("campaign_detail", args=[campaign.public_id]),
            "speakerphone",
            campaign.code,
        )
        for campaign in Campaign.objects.filter(name__icontains=text).order_by("name")[:limit]
    ]


def find_events(actor: Actor, text: str, limit: int) -> list[Hit]:
    """Return the events whose title contains ``text``, the latest first."""
    found = Event.objects.filter(Q(title_de__icontains=text) | Q(title_en__icontains=text))
    return [
        Hit(
            event.title,
            reverse("event_detail", args=[event.public_id]),
            "calendar-event",
            str(event.get_kind_display()),
        )
        for event in found.order_by("-starts_at")[:limit]
    ]


register_source(Source("events", _("Events"), find_events, Right.REPORTS_READ, 55))
register_source(Source("forms", _("Forms"), find_forms, Right.FORMS_READ, 40))
register_source(Source("campaigns", _("Campaigns"), find_campaigns, Right.REPORTS_READ, 50))
