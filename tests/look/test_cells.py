"""The cells of a list, of which a page has hundreds."""

from types import SimpleNamespace

import pytest
from django.http import QueryDict
from django.template import Context, Template, TemplateSyntaxError

from accounts.models import Team
from ground.listing import Column, Empty, Listing, Page

LIST: Listing[Team] = Listing(
    key="cells",
    columns=[
        Column("name", "Na<me", "name", is_main=True),
        Column("size", "Size", is_number=True, on_phone=False),
        Column("hidden", "Hidden", is_optional=True),
    ],
    ordering="name",
    row="cells.html#row",
    empty=Empty("No cells"),
)


def render(source: str, query: str = "", **values: object) -> str:
    page = Page(LIST, QueryDict(query), Team.objects.none())
    return Template(source).render(Context({"page": page, **values}))


def test_a_cell_carries_the_label_and_the_look_of_its_column():
    shown = render("{% cell 'name' %} a {% endcell %}{% cell 'size' %}1{% endcell %}")

    assert shown == (
        '<td class="is-main" data-label="Na&lt;me">a</td>'
        '<td class="is-number phone-hidden" data-label="Size">1</td>'
    )


@pytest.mark.case("X01")
def test_what_is_put_into_a_cell_is_escaped():
    shown = render("{% cell 'name' %}{{ name }}{% endcell %}", name="<svg onload=alert(1)>")

    assert "&lt;svg onload=alert(1)&gt;" in shown


def test_a_column_that_is_not_shown_is_not_even_rendered():
    looked = []
    row = SimpleNamespace(cost=lambda: looked.append(1) or "much")
    source = "{% cell 'hidden' %}{{ row.cost }}{% endcell %}"

    shown = [render(source, query, row=row) for query in ("", "columns=hidden")]

    assert shown == ["", '<td class="" data-label="Hidden">much</td>']
    assert looked == [1]


def test_a_cell_without_column_is_a_mistake_of_the_template():
    with pytest.raises(TemplateSyntaxError, match="one column"):
        Template("{% cell %}{% endcell %}")
