"""What leads offer to conditions, in the order of the builder."""

from leads.conditions import LEADS
from leads.fields import activities, consents, custom, lifecycle, lists, person, profile

LEADS.register(
    *person.FIELDS,
    *profile.FIELDS,
    *lifecycle.FIELDS,
    *lists.FIELDS,
    *activities.FIELDS,
    *consents.FIELDS,
)
LEADS.register_source(custom.PREFIX, custom.load_fields)
