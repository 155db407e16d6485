from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from accounts.rights import Right
from ground.navigation import Entry, register_entry
from ground.palette import Command, Hit, Source, register_command, register_source
from leads.listing import search_leads
from leads.models import Lead

register_entry(Entry("leads", _("All leads"), "lead_list", "users", Right.LEADS_READ, 10))
register_entry(Entry("leads", _("Board"), "lead_board", "layout-kanban", Right.LEADS_READ, 20))
register_entry(Entry("leads", _("Exports"), "export_list", "download", Right.LEADS_EXPORT, 80))
register_entry(Entry("leads", _("Sorted out"), "sorted_out_list", "user-off", Right.LEADS_READ, 85))
register_entry(Entry("leads", _("Bin"), "lead_bin", "trash", Right.LEADS_DELETE, 90))
register_entry(Entry("qualify", _("Segments"), "segment_list", "filter", Right.SEGMENTS_READ, 10))
register_entry(Entry("settings", _("Lead fields"), "field_list", "forms", Right.FORMS_MANAGE, 40))
register_entry(
    Entry("settings", _("Lead profile"), "lead_profile", "id-badge-2", Right.FORMS_MANAGE, 42)
)
register_entry(
    Entry(
        "settings",
        _("Position in the funnel"),
        "position_settings",
        "map-pin",
        Right.FORMS_MANAGE,
        43,
    )
)
register_entry(
    Entry(
        "settings",
        _("Only gathering information"),
        "information_settings",
        "books",
        Right.FORMS_MANAGE,
        43,
    )
)
register_command(
    Command(
        _("Add a lead"),
        "lead_create",
        "user-plus",
        Right.LEADS_CREATE,
        10,
        is_create=True,
        in_modal=True,
        key="c",
    )
)


def find_leads(actor: Actor, text: str, limit: int) -> list[Hit]:
    """Return the newest leads that match ``text``."""
    leads = search_leads(Lead.objects.visible_to(actor), text).select_related("company")
    return [
        Hit(
            lead.display_name,
            reverse("lead_detail", args=[lead.public_id]),
            "user",
            str(lead.company or lead.email),
        )
        for lead in leads.prefetch_related("identifiers").order_by("-pk")[:limit]
    ]


register_source(Source("leads", _("Leads"), find_leads, Right.LEADS_READ, 10))
