"""Components with content: ``{% card title="…" %}…{% slot actions %}…{% endslot %}{% endcard %}``.

Leaf components are Django's inclusion tags. These here take content, and named slots beside it.
"""

from collections.abc import Callable
from inspect import getfullargspec, unwrap
from typing import Any

from django import template
from django.template.base import FilterExpression, Node, NodeList, Parser, Token
from django.template.context import Context
from django.template.library import parse_bits
from django.utils.safestring import SafeString, mark_safe

# Where the blocks that are being rendered collect their slots; no name of a template looks like it.
_SLOTS = "slots of the block"


class SlotNode(Node):
    """The content of one slot of the block around it; it may stand inside of an ``if``."""

    def __init__(self, name: str, nodelist: NodeList) -> None:
        self.name = name
        self.nodelist = nodelist

    def render(self, context: Context) -> SafeString:
        """Give the content to the block, and show nothing here."""
        slots = context.get(_SLOTS)
        if slots is None:
            raise template.TemplateSyntaxError(f"The slot {self.name} stands in no block.")
        slots[self.name] = mark_safe(self.nodelist.render(context).strip())  # noqa: S308
        return SafeString("")


class BlockNode(Node):
    """A component with content."""

    def __init__(
        self,
        function: Callable[..., dict[str, Any]],
        template_name: str,
        nodelist: NodeList,
        arguments: tuple[list[FilterExpression], dict[str, FilterExpression]],
    ) -> None:
        self.function = function
        self.template_name = template_name
        self.args, self.kwargs = arguments
        self.nodelist = nodelist

    def render(self, context: Context) -> SafeString:
        """Render the content and the slots, then the component's template around them."""
        args = [argument.resolve(context) for argument in self.args]
        kwargs = {name: argument.resolve(context) for name, argument in self.kwargs.items()}
        values = self.function(*args, **kwargs)
        slots: dict[str, SafeString] = {}
        with context.push(**{_SLOTS: slots}):
            content = mark_safe(self.nodelist.render(context).strip())  # noqa: S308 - rendered
        assert context.template is not None
        chosen = context.template.engine.get_template(self.template_name)
        with context.push(**values, slots=slots, content=content, **{_SLOTS: None}):
            return SafeString(chosen.render(context))


def block(
    library: template.Library, template_name: str
) -> Callable[[Callable[..., dict[str, Any]]], Callable[..., dict[str, Any]]]:
    """Register a function as a block component; it returns what its template sees.

    The template sees the surroundings too, ``content`` and ``slots``.
    """

    def register(function: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
        spec = getfullargspec(unwrap(function))
        name = function.__name__.rstrip("_")

        def compile_block(parser: Parser, token: Token) -> BlockNode:
            args, kwargs = parse_bits(  # type: ignore[call-arg]  # the stubs lack takes_context
                parser,
                token.split_contents()[1:],
                spec.args,
                spec.varargs,
                spec.varkw,
                spec.defaults,
                spec.kwonlyargs,
                spec.kwonlydefaults,
                takes_context=False,
                name=name,
            )
            nodelist = parser.parse((f"end{name}",))
            parser.delete_first_token()
            return BlockNode(function, template_name, nodelist, (args, kwargs))

        library.tag(name, compile_block)
        return function

    return register


def compile_slot(parser: Parser, token: Token) -> SlotNode:
    """Compile ``{% slot name %}…{% endslot %}``."""
    bits = token.split_contents()
    if len(bits) != 2:
        raise template.TemplateSyntaxError("slot takes one name.")
    nodelist = parser.parse(("endslot",))
    parser.delete_first_token()
    return SlotNode(bits[1].strip("\"'"), nodelist)
