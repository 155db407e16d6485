import json
from datetime import timedelta

import structlog
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.limits import Limit, hit
from accounts.visitors import client_network

log = structlog.get_logger(__name__)
REPORTS = Limit("csp", 20, timedelta(minutes=1))
LARGEST = 10_000
_TOLD = ("document-uri", "violated-directive", "effective-directive", "blocked-uri", "line-number")


@csrf_exempt  # sent by the browser itself, which knows no token; nothing is changed
@require_POST
def csp_report(request: HttpRequest) -> HttpResponse:
    """Log what a browser blocked on one of our pages."""
    body = request.read(LARGEST)
    if not hit(REPORTS, client_network(request), as_of=timezone.now()):
        report = _report(body)
        if report:
            log.warning("csp_violation", **report)
    return HttpResponse(status=204)


def _report(body: bytes) -> dict[str, str]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    report = content.get("csp-report") if isinstance(content, dict) else None
    if not isinstance(report, dict):
        return {}
    return {
        name.replace("-", "_"): str(report[name]).split("?")[0][:200]
        for name in _TOLD
        if name in report
    }
