import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import lists
from accounts.access import fresh_login_required, right_required
from accounts.actions.tokens import create_token, revoke_tokens
from accounts.actor import request_actor
from accounts.forms.settings import TokenForm
from accounts.models import ApiToken
from accounts.rights import ApiScope, Right
from accounts.tokens import example_call
from ground.errors import DomainError
from ground.forms import add_refusal
from ground.listing import render_listing
from ground.toasts import toast

_manages_people = right_required(Right.USERS_MANAGE)


@require_GET
@_manages_people
def tokens(request: HttpRequest) -> HttpResponse:
    page = lists.TOKENS.page(request, lists.tokens())
    return render_listing(request, "accounts/tokens.html", page, {"now": timezone.now()})


@require_http_methods(["GET", "POST"])
@_manages_people
@fresh_login_required
@never_cache
def add_token(request: HttpRequest) -> HttpResponse:
    form = TokenForm(request.POST or None, initial={"scopes": [ApiScope.LEADS_WRITE]})
    if request.method == "POST" and form.is_valid():
        actor = request_actor(request)
        try:
            token, key = create_token(**form.values(), by=actor, as_of=timezone.now())
        except DomainError as error:
            add_refusal(form, error)
        else:
            # Shown in this one answer: a redirect would have to keep the key somewhere.
            context = {"token": token, "key": key, "curl": example_call(token, key)}
            return render(request, "accounts/token_created.html", context, status=201)
    status = 422 if form.is_bound else 200
    return render(request, "accounts/token_add.html", {"form": form}, status=status)


@require_POST
@_manages_people
@fresh_login_required
def revoke_token(request: HttpRequest, token_id: uuid.UUID) -> HttpResponse:
    found = get_object_or_404(ApiToken, public_id=token_id)
    if revoke_tokens([found.pk], by=request_actor(request), as_of=timezone.now()):
        toast(request, _("The key no longer works."))
    return redirect("tokens")
