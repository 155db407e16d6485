from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.actor import request_actor
from accounts.rights import Right
from capture.actions.trials import end_test, start_test
from capture.models import Form
from ground.errors import DomainError
from ground.toasts import toast

_ERROR = 40


@login_required
@require_POST
def start_form_test(request: HttpRequest, public_id: UUID) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.FORMS_MANAGE)
    form = get_object_or_404(Form, public_id=public_id)
    try:
        start_test(form.pk, by=actor, as_of=timezone.now())
    except DomainError as error:
        toast(request, error.message, level=_ERROR)
        return redirect("form_edit", form.public_id)
    toast(request, _("The test is running: each view shows one of the two versions by chance."))
    return redirect("form_results", form.public_id)


@login_required
@require_POST
def end_form_test(request: HttpRequest, public_id: UUID) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.FORMS_MANAGE)
    form = get_object_or_404(Form, public_id=public_id)
    winner = request.POST.get("winner", "")
    try:
        end_test(form.pk, winner=winner, by=actor, as_of=timezone.now())
    except DomainError as error:
        toast(request, error.message, level=_ERROR)
    else:
        said = _("This version is live now.") if winner else _("The test has ended.")
        toast(request, said)
    return redirect("form_results", form.public_id)
