"""The cells of a list: ``{% cell "name" %}…{% endcell %}``.

A page of a list has hundreds of them, so they are no block with a template of its own: that took
two thirds of the time of the page. A cell whose column is not shown is not even rendered.
"""

from django.template.base import FilterExpression, Node, NodeList, Parser, Token
from django.template.context import Context
from django.template.exceptions import TemplateSyntaxError
from django.utils.safestring import SafeString


class CellNode(Node):
    """The cell of one column in the row of a list; nothing where the column is not chosen."""

    def __init__(self, key: FilterExpression, nodelist: NodeList) -> None:
        self.key = key
        self.nodelist = nodelist

    def render(self, context: Context) -> SafeString:
        """Render the content inside of its ``td``."""
        opening = context["page"].openings.get(self.key.resolve(context))
        if opening is None:
            return SafeString("")
        return SafeString(f"{opening}{self.nodelist.render(context).strip()}</td>")


def compile_cell(parser: Parser, token: Token) -> CellNode:
    """Compile ``{% cell key %}…{% endcell %}``."""
    bits = token.split_contents()
    if len(bits) != 2:
        raise TemplateSyntaxError("cell takes the key of one column.")
    nodelist = parser.parse(("endcell",))
    parser.delete_first_token()
    return CellNode(parser.compile_filter(bits[1]), nodelist)
