from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.actor import request_actor
from accounts.rights import Right
from ground.toasts import toast
from leads.actions.fields import save_field
from leads.forms import FieldDefinitionForm
from leads.models import FieldDefinition


@login_required
@require_GET
def field_list(request: HttpRequest) -> HttpResponse:
    request_actor(request).require(Right.SETTINGS_MANAGE, Right.FORMS_MANAGE)
    return render(request, "leads/fields.html", {"fields": FieldDefinition.objects.all()})


@login_required
@require_http_methods(["GET", "POST"])
def field_edit(request: HttpRequest, public_id: Any = None) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.SETTINGS_MANAGE, Right.FORMS_MANAGE)
    field = get_object_or_404(FieldDefinition, public_id=public_id) if public_id else None
    form = FieldDefinitionForm(request.POST or None, instance=field)
    if request.method == "POST" and form.is_valid():
        values = {k: v for k, v in form.cleaned_data.items() if k != "options"}
        save_field(field, values, by=actor, as_of=timezone.now())
        toast(request, _("Field saved."))
        return redirect("field_list")
    context = {"form": form, "field": field}
    return render(request, "leads/field.html", context, status=422 if form.errors else 200)
