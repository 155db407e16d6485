from django.utils.translation import gettext_lazy as _

from accounts.rights import Right
from ground.navigation import Entry, register_entry

register_entry(Entry("qualify", _("What is an MQL here?"), "stage_definition", "help", "", 30))
register_entry(
    Entry("settings", _("Targets per stage"), "stage_targets", "target", Right.CAMPAIGNS_MANAGE, 44)
)
register_entry(Entry("reports", _("Funnel"), "report_funnel", "filter-2", Right.REPORTS_READ, 10))
register_entry(
    Entry("reports", _("Sources"), "report_sources", "affiliate", Right.REPORTS_READ, 20)
)
register_entry(
    Entry("reports", _("Landing pages"), "report_pages", "browser", Right.REPORTS_READ, 30)
)
register_entry(
    Entry(
        "reports",
        _("Spears, seeds, nets"),
        "report_acquisition",
        "fish-hook",
        Right.REPORTS_READ,
        22,
    )
)
register_entry(Entry("reports", _("Networks"), "report_networks", "social", Right.REPORTS_READ, 40))
register_entry(Entry("reports", _("Cost per lead"), "report_costs", "coin", Right.COSTS_READ, 25))
register_entry(
    Entry("reports", _("Referrers"), "report_referrers", "user-heart", Right.REPORTS_READ, 50)
)
register_entry(
    Entry("reports", _("Needs"), "report_needs", "message-question", Right.REPORTS_READ, 55)
)
