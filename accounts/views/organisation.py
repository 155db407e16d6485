from copy import copy

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts import lists
from accounts.access import right_required
from accounts.actions.organisation import change_organisation
from accounts.actor import request_actor
from accounts.audit import verify_chain
from accounts.forms.settings import OrganisationForm
from accounts.models import AuditEntry, Organisation
from accounts.rights import Right
from ground.listing import render_listing
from ground.toasts import toast


@require_http_methods(["GET", "POST"])
@right_required(Right.SETTINGS_MANAGE)
def organisation(request: HttpRequest) -> HttpResponse:
    current = Organisation.current()
    form = OrganisationForm(request.POST or None, instance=copy(current))
    if request.method == "POST" and form.is_valid():
        actor = request_actor(request)
        change_organisation(form.cleaned_data, by=actor, as_of=timezone.now())
        toast(request, _("The organisation was saved."))
        return redirect("organisation")
    context = {"form": form, "missing": current.missing_for_imprint}
    status = 422 if form.is_bound else 200
    return render(request, "accounts/organisation.html", context, status=status)


@require_GET
@right_required(Right.AUDIT_READ)
def audit_log(request: HttpRequest) -> HttpResponse:
    page = lists.AUDIT.page(request, lists.audit_entries())
    asked = request.GET.get("check")
    context = {"report": verify_chain(), "newest": AuditEntry.objects.first()} if asked else {}
    return render_listing(request, "accounts/audit_log.html", page, context)
