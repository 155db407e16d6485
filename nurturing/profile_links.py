"""Links in mails by which a reader is asked for what is not known yet: ``{{ profile_link }}``."""

from collections.abc import Iterable

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from capture.known import Asker, asker_of, askers
from nurturing.catalogue import Reader, Token
from nurturing.models import Sequence, SequenceState, Step
from nurturing.tokens import token_names

NAME = "profile_link"


def _link(asker: Asker, reader: Reader) -> str:
    return asker.link(reader.lead, as_of=timezone.now())


def _token(name: str, asker: Asker, label: str) -> Token:
    return Token(name, label, lambda reader: _link(asker, reader))


def link_tokens() -> list[Token]:
    """Return the link to each form that asks for more; the bare name is the oldest one."""
    found = askers()
    label = _("Link to more questions: %(form)s")
    bare = [_token(NAME, asker, str(_("Link to more questions"))) for asker in found[:1]]
    return [*bare, *(_token(a.token, a, label % {"form": a.form.name}) for a in found)]


def without_form(names: Iterable[str]) -> list[str]:
    """Return which of the placeholders lead to no form that asks for more."""
    links = [name for name in names if name == NAME or name.startswith(f"{NAME}.")]
    found = askers() if links else []
    return [name for name in links if asker_of(name, found) is None]


def sequences_that_ask(token: str) -> list[str]:
    """Return the names of running sequences whose mails hold the placeholder ``token``."""
    found = askers()
    bare = bool(found) and found[0].token == token
    running = Sequence.objects.filter(state=SequenceState.ACTIVE)
    names = {token, NAME} if bare else {token}
    steps = Step.objects.filter(version__sequence__in=running, template_version__isnull=False)
    live = steps.filter(version=F("version__sequence__live"))
    asking: dict[str, None] = {}
    for name, texts in live.values_list("version__sequence__name", "template_version__texts"):
        used = {token for text in texts.values() for token in token_names(text["text"])}
        if used & names:
            asking[name] = None
    return sorted(asking)
