from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actor import request_actor
from accounts.rights import Right
from capture.actions import optins
from capture.guard.actions.digest import want_digest
from capture.guard.actions.learning import reset_learning
from capture.guard.actions.settings import change_guard
from capture.guard.knowledge import ENOUGH, ENOUGH_OF_EACH
from capture.guard.learned import strongest, totals
from capture.guard.models import GuardSettings
from capture.guard.rules import settings
from capture.models import OptIn
from capture.words import sign_text
from ground.errors import DomainError
from ground.forms import add_refusal
from ground.toasts import toast

_LISTS = ("allowed_domains", "denied_domains")


class GuardForm(forms.ModelForm):
    allowed_domains = forms.CharField(
        label=gettext_lazy("Always welcome"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "One domain a line, with those below it. None of them counts as throw-away."
        ),
    )
    denied_domains = forms.CharField(
        label=gettext_lazy("Never welcome"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=gettext_lazy("One domain a line. What comes from them is held, never lost."),
    )

    class Meta:
        model = GuardSettings
        fields = [*_LISTS, "checks_mail_domains", "learns", "optins_per_form", "optins_in_all"]
        help_texts = {
            "checks_mail_domains": gettext_lazy(
                "Asks the name servers of a domain once a week, in the background. A weak sign."
            ),
            "learns": gettext_lazy("It never holds anybody alone, and never lets a trap through."),
            "optins_per_form": gettext_lazy("Beyond this, mails wait until you send them."),
        }

    def __init__(self, data: Any = None, *, instance: GuardSettings) -> None:
        lists = {name: "\n".join(getattr(instance, name)) for name in _LISTS}
        super().__init__(data, instance=instance, initial=lists)

    def values(self) -> dict[str, Any]:
        """Return what was entered, the lists as lines."""
        given = dict(self.cleaned_data)
        return {**given, **{name: given[name].splitlines() for name in _LISTS}}

    def _post_clean(self) -> None:
        """Leave the instance alone: the action writes."""


@login_required
@require_http_methods(["GET", "POST"])
def guard_settings(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.FORMS_MANAGE)
    form = GuardForm(request.POST or None, instance=settings())
    if request.method == "POST" and form.is_valid():
        try:
            change_guard(by=actor, as_of=timezone.now(), **form.values())
        except DomainError as error:
            add_refusal(form, error)
        else:
            toast(request, _("Rules against spam saved."))
            return redirect("guard_settings")
    good, spam = totals()
    context = {
        "form": form,
        "good": good,
        "spam": spam,
        "is_enough": good + spam >= ENOUGH and min(good, spam) >= ENOUGH_OF_EACH,
        "enough": ENOUGH,
        "enough_of_each": ENOUGH_OF_EACH,
        "signs": [
            (sign_text(item.kind, item.value), item.good, item.spam, item.weight > 0)
            for item in strongest(good, spam)
        ],
        "held_opt_ins": OptIn.objects.filter(held_at__isnull=False, confirmed_at=None).count(),
    }
    status = 422 if form.errors else 200
    return render(request, "capture/guard.html", context, status=status)


@login_required
@require_POST
def reset_learned(request: HttpRequest) -> HttpResponse:
    count = reset_learning(by=request_actor(request), as_of=timezone.now())
    said = ngettext(
        "What was learned from %(count)s decision is forgotten.",
        "What was learned from %(count)s decisions is forgotten.",
        count,
    )
    toast(request, said % {"count": count})
    return redirect("guard_settings")


@login_required
@require_POST
def switch_digest(request: HttpRequest) -> HttpResponse:
    wanted = request.POST.get("wanted") == "1"
    actor = request_actor(request)
    assert request.user.is_authenticated
    want_digest(request.user, wanted=wanted, by=actor, as_of=timezone.now())
    toast(
        request,
        _("You get a mail each Monday on which something is held.")
        if wanted
        else _("You get no more mails about what is held."),
    )
    return redirect("spam_list")


@login_required
@require_POST
def send_held_opt_ins(request: HttpRequest) -> HttpResponse:
    count = optins.send_held_opt_ins(by=request_actor(request), as_of=timezone.now())
    said = ngettext("%(count)s mail goes out now.", "%(count)s mails go out now.", count) % {
        "count": count
    }
    toast(request, said)
    return redirect("guard_settings")
