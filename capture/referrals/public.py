from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from capture.definition import Definition
from capture.models import Form, FormState
from capture.referrals.links import with_code
from capture.referrals.models import ReferralLink


@require_safe
def follow_referral_link(request: HttpRequest, code: str) -> HttpResponse:
    """Lead to the form that personal links of its form lead to; 404 where there is none."""
    form = _target(code)
    if form is None:
        raise Http404
    path = reverse("public_form", args=[form.public_id])
    response = HttpResponseRedirect(with_code(path, code))
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _target(code: str) -> Form | None:
    link = ReferralLink.objects.select_related("form__published").filter(code=code).first()
    if link is None or link.form is None or link.form.published is None:
        return None
    target = Definition.from_json(link.form.published.definition).target
    if not target:
        return None
    return Form.objects.filter(public_id=UUID(target), state=FormState.PUBLISHED).first()
