"""Tests of two versions of a form: starting, taking the winner, stopping."""

from datetime import datetime

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from capture.actions.forms import keep_on_disk, refuse_unready
from capture.models import Form, FormState, FormTest, FormVersion
from capture.trials import A, B
from ground.errors import DomainError


@action
def start_test(form_id: int, *, by: Actor, as_of: datetime) -> FormTest:
    """Show the draft beside what is published, by chance, until one of them is taken.

    Raises ``DomainError`` (``not_published``, ``nothing_to_test``, ``test_running``) and what
    publishing the draft would raise.
    """
    by.require(Right.FORMS_MANAGE)
    form = _lock(form_id)
    if form.state != FormState.PUBLISHED or form.published is None:
        raise DomainError(
            "not_published", _("Publish the form first; its changes are tested then.")
        )
    if form.tests.filter(ended_at=None).exists():
        raise DomainError("test_running", _("A test of this form is running already."))
    if not form.has_unpublished_changes:
        raise DomainError("nothing_to_test", _("Change something first; that is what is tested."))
    refuse_unready([form])
    last = form.versions.aggregate(last=Max("number"))["last"] or 0
    version = FormVersion.objects.create(
        form=form,
        number=last + 1,
        definition=form.draft,
        published_at=as_of,
        published_by=by.label[:150],
    )
    test = FormTest.objects.create(
        form=form,
        version_a=form.published,
        version_b=version,
        started_at=as_of,
        started_by=by.label[:150],
    )
    keep_on_disk([form])
    return test


@action
def end_test(form_id: int, *, winner: str = "", by: Actor, as_of: datetime) -> FormTest:
    """End the running test; visitors see the ``winner``, ``a`` or ``b``, else what was live before.

    Raises ``DomainError`` (``no_test``, ``winner_unknown``).
    """
    by.require(Right.FORMS_MANAGE)
    form = _lock(form_id)
    test = form.tests.filter(ended_at=None).select_related("version_b").first()
    if test is None:
        raise DomainError("no_test", _("No test of this form is running."))
    if winner not in {"", A, B}:
        raise DomainError("winner_unknown", _("Choose one of the two versions."))
    test.ended_at, test.ended_by, test.winner = as_of, by.label[:150], winner
    test.save(update_fields=["ended_at", "ended_by", "winner"])
    if winner == B:
        form.published = test.version_b
        form.version += 1
        form.updated_at = as_of
        form.save(update_fields=["published", "version", "updated_at"])
    keep_on_disk([form])
    return test


def _lock(form_id: int) -> Form:
    forms = Form.objects.select_for_update(of=("self",)).select_related("published")
    return forms.get(pk=form_id)
