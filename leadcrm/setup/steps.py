"""What the first start does, over all rooms."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.actions.first_start import set_up
from accounts.actor import VISITOR, user_actor
from accounts.models import User
from capture.actions.forms import create_ready_made_forms
from leadcrm.setup.samples import load_samples


@transaction.atomic
def begin(token: str, answers: Mapping[str, Any], *, as_of: datetime) -> User:
    """Set the installation up from the answers of the wizard; returns the administrator.

    The ready-made forms are published, so that the first lead can come in at once. Raises
    ``DomainError`` when it is set up already.
    """
    asked = ("organisation", "email", "password", "language", "time_zone")
    admin = set_up(token, **{name: answers[name] for name in asked}, by=VISITOR, as_of=as_of)
    create_ready_made_forms(by=user_actor(admin), as_of=as_of, language=admin.language)
    if answers["with_samples"]:
        load_samples(language=admin.language, by=user_actor(admin), as_of=as_of)
    return admin
