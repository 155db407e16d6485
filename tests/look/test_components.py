import pytest
from django import forms
from django.contrib import messages
from django.template import Context, RequestContext, Template, TemplateSyntaxError
from django.test import RequestFactory

from ground.charts import Chart, Series
from ground.forms import DateInput
from ground.toasts import undo_url
from leadcrm.stamping import stamp


def render(source: str, **values) -> str:
    return Template(source).render(Context(values))


def test_a_block_shows_its_content_and_its_slots():
    shown = render(
        '{% card title=name id="c" %}{{ body }}{% slot footer %}<b>x</b>{% endslot %}{% endcard %}',
        name="<Costs>",
        body="<i>",
    )

    assert '<h2 id="c-title">&lt;Costs&gt;</h2>' in shown
    assert '<div class="card-content">&lt;i&gt;</div>' in shown
    assert '<div class="card-bottom"><b>x</b></div>' in shown


def test_blocks_stand_in_one_another():
    shown = render("{% card %}{% facts %}{% fact 'A' %}1{% endfact %}{% endfacts %}{% endcard %}")

    assert "<dt>A</dt><dd>1</dd>" in shown


def test_a_fact_without_a_value_is_a_dash():
    assert "<dd>–</dd>" in render("{% fact 'A' %}  {% endfact %}")


@pytest.mark.parametrize(
    "source",
    [
        "{% card colour='red' %}{% endcard %}",
        "{% menu %}{% endmenu %}",
        "{% slot a b %}{% endslot %}",
        "{% card %}",
    ],
)
def test_a_wrong_call_is_refused_when_the_template_is_read(source):
    with pytest.raises(TemplateSyntaxError):
        Template(source)


def test_a_slot_belongs_to_the_nearest_block_and_may_depend_on_something():
    source = (
        "{% card %}{% if on %}{% slot footer %}outer{% endslot %}{% endif %}"
        "{% alert %}{% slot actions %}inner{% endslot %}{% endalert %}{% endcard %}"
    )

    assert '<div class="card-bottom">outer</div>' in render(source, on=True)
    assert "card-bottom" not in render(source, on=False)
    assert render(source, on=True).count("inner") == 1


def test_a_slot_outside_of_a_block_is_refused():
    with pytest.raises(TemplateSyntaxError):
        render("{% slot actions %}{% endslot %}")


def test_an_empty_state_has_exactly_one_thing_to_do():
    shown = render("{% empty 'No forms' 'They bring leads.' 'Create a form' '/forms/new/' %}")

    assert shown.count("<a ") == 1
    assert 'href="/forms/new/"' in shown


def test_a_button_that_posts_asks_first_and_sends_its_data():
    request = RequestFactory().get("/")
    source = "{% post_button '/x/' 'Delete' confirm='Sure?' style='danger' to='bin' %}"

    shown = Template(source).render(RequestContext(request))

    assert 'data-confirm-text-value="Sure?"' in shown
    assert 'data-confirm-danger-value="true"' in shown
    assert '<input type="hidden" name="to" value="bin">' in shown
    assert "csrfmiddlewaretoken" in shown


def test_a_person_has_initials_and_always_the_same_tone():
    shown = render("{% person 'Dr. Jana von Köhler' %}")

    assert 'data-initials="DK"' in shown
    assert shown == render("{% person 'Dr. Jana von Köhler' %}")


@pytest.mark.parametrize("name", ["", "   ", "@", "…"])
def test_somebody_without_a_name_has_a_sign(name):
    assert 'data-initials="?"' in render("{% person name %}", name=name)


def test_the_cards_of_a_board_share_its_menu():
    source = (
        "{% board 'Deals' columns %}"
        "{% board_card 'c1' 'Acme' '/move/' '/by-hand/' %}Acme{% endboard_card %}"
        "{% board_card 'c2' 'Globex' '/move/' '/by-hand/' %}Globex{% endboard_card %}"
        "{% endboard %}"
    )

    shown = render(source, columns=[("new", "New"), ("won", "Won")])

    assert shown.count('name="to" value="won"') == 1
    assert shown.count('href="/by-hand/"') == 2


def test_a_board_that_nobody_may_change_has_no_menu():
    shown = render(
        "{% board 'Deals' %}{% board_card 'c1' 'Acme' %}Acme{% endboard_card %}{% endboard %}"
    )

    assert "Move" not in shown
    assert "is-movable" not in shown


def test_a_chart_has_its_figures_in_a_table():
    chart = Chart("c", "Leads", ("Jan", "Feb"), (Series("MQL", (1200, None)),), unit="€")

    shown = render("{% chart chart %}", chart=chart)

    assert '<th scope="row">Jan</th><td class="is-number">1,200</td>' in shown
    assert '<th scope="row">Feb</th><td class="is-number">–</td>' in shown
    assert "MQL (€)" in shown


def test_a_chart_that_does_not_add_up_is_refused():
    with pytest.raises(ValueError, match="value without a label"):
        Chart("c", "Leads", ("Jan",), (Series("MQL", (1, 2)),))
    with pytest.raises(ValueError, match="no kind of chart"):
        Chart("c", "Leads", (), (), kind="pie")


class SampleForm(forms.Form):
    name = forms.CharField(help_text="In full.")
    on = forms.DateField(widget=DateInput({"data-width": "half"}), required=False)
    kind = forms.ChoiceField(choices=(("a", "A"), ("b", "B")), widget=forms.RadioSelect)
    is_agreed = forms.BooleanField(required=False)

    def clean(self):
        raise forms.ValidationError("Both cannot be.")


@pytest.mark.requirement("S24")
def test_a_wrong_field_says_so_to_everybody_and_keeps_what_was_typed():
    shown = str(SampleForm({"name": "", "on": "2026-02-30"}))

    assert 'aria-describedby="id_name_helptext id_name_error"' in shown
    assert 'aria-invalid="true"' in shown
    assert '<p class="field-help" id="id_name_helptext">In full.</p>' in shown
    assert 'id="id_name_error"' in shown
    assert 'value="2026-02-30"' in shown
    assert "Both cannot be." in shown


def test_a_field_that_may_stay_empty_says_so():
    shown = str(SampleForm()["on"].as_field_group())

    assert '<span class="optional">optional</span>' in shown
    assert "is-half" in shown
    assert 'type="date"' in shown


def test_choices_and_ticks_have_labels_around_them():
    assert '<label class="tick" for="id_kind_0">' in str(SampleForm()["kind"])
    assert '<label class="tick" for="id_is_agreed">' in str(
        SampleForm()["is_agreed"].as_field_group()
    )


def test_only_what_stands_in_a_template_is_marked_as_ours():
    source = '<a class="x" hx-get="/a/">{{ text }}</a><p data-hx-get="/b/">x-hx-get=</p>'

    assert stamp(source) == source.replace(' hx-get="/a/"', ' {% hx_nonce %} hx-get="/a/"')


def test_undo_travels_with_a_message():
    assert undo_url("undo:/x/1/") == "/x/1/"
    assert undo_url("safe") == ""
    assert undo_url(None) == ""
    assert messages.SUCCESS == 25
