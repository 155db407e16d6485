"""Templates that mark their own htmx elements with the nonce of the page.

SECURITY: htmx ignores every element without that nonce (extension hx-csp). Markup that somebody
smuggled into a page can therefore not send requests in the reader's name. Only what stands in the
source of a template is marked, never what is rendered into it.
"""

import re

from django.template import Origin
from django.template.loaders import filesystem

_VERB = re.compile(r"(?<=\s)(?=hx-(?:get|post|put|patch|delete)=)")


def stamp(source: str) -> str:
    """Put the tag of the nonce before each attribute that sends a request."""
    return _VERB.sub("{% hx_nonce %} ", source)


class FilesystemLoader(filesystem.Loader):
    """Django's loader, with stamps."""

    def get_contents(self, origin: Origin) -> str:
        """Return the stamped source."""
        return stamp(super().get_contents(origin))
