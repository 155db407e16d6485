from collections import Counter
from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.actor import request_actor
from accounts.rights import Right
from capture.actions.tracking import PARTS, clean_sites, switch_tracking
from capture.models import PageView, TrackingSettings
from capture.models.tracking import ONLY
from capture.words import machine_text
from ground.errors import DomainError
from ground.forms import add_refusal
from ground.toasts import toast


class TrackingForm(forms.ModelForm):
    sites = forms.CharField(
        label=gettext_lazy("websites"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=gettext_lazy("One a line, for example example.org. None means all."),
    )

    class Meta:
        model = TrackingSettings
        fields = [*PARTS, "retention_days", "sites"]
        help_texts = {
            "visits": gettext_lazy(
                "Which pages are looked at, and through which links people come."
            ),
            "dwell": gettext_lazy("The seconds for which a page is in the foreground."),
            "scroll": gettext_lazy("How many percent of a page people see."),
            "clicks": gettext_lazy("Addresses of other websites and of files, without parameters."),
            "events": gettext_lazy("What your website reports by leadcrm('event', …)."),
            "retention_days": gettext_lazy(
                "Figures by day stay. A person counts once within these days."
            ),
        }

    def __init__(self, data: Any = None, *, instance: TrackingSettings) -> None:
        super().__init__(data, instance=instance, initial={"sites": "\n".join(instance.sites)})

    def clean_sites(self) -> list[str]:
        try:
            return clean_sites(self.cleaned_data["sites"].splitlines())
        except DomainError as error:
            raise ValidationError(str(error)) from error


@login_required
@require_http_methods(["GET", "POST"])
def tracking_settings(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.FORMS_MANAGE)
    stored = TrackingSettings.objects.filter(pk=ONLY).first() or TrackingSettings()
    form = TrackingForm(request.POST or None, instance=stored)
    if request.method == "POST" and form.is_valid():
        try:
            switch_tracking(by=actor, as_of=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            add_refusal(form, error)
        else:
            toast(request, _("Saved. Browsers know it within five minutes, the server now."))
            return redirect("tracking_settings")
    context = {
        "form": form,
        "snippet": f'<script src="{settings.BASE_URL}{reverse("tracking_script")}" async></script>',
        "consent": "leadcrm('consent', true)",
        "withdrawal": "leadcrm('consent', false)",
        "event": "leadcrm('event', 'film-seen', {title: 'Tour'})",
        "lately": _lately(),
    }
    status = 422 if form.is_bound else 200
    return render(request, "capture/tracking.html", context, status=status)


def _lately() -> dict[str, Any]:
    """Return what came in during the last day: views of people, and of machines by reason."""
    recent = PageView.objects.filter(occurred_at__gte=timezone.now() - timedelta(days=1))
    rows = (
        recent.order_by()
        .values("machine_reason", "is_machine")
        .annotate(count=Count("pk"), last=Max("occurred_at"))
    )
    people, machines = 0, Counter[str]()
    last = max((row["last"] for row in rows), default=None)
    for row in rows:
        if row["is_machine"]:
            machines[machine_text(row["machine_reason"])] += row["count"]
        else:
            people += row["count"]
    return {
        "people": people,
        "machines": machines.most_common(),
        "machine_count": sum(machines.values()),
        "last": last,
    }
