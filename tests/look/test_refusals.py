"""How the refusal of an action is shown in a form."""

import pytest
from django import forms

from ground.errors import ConflictError, DomainError, NotAllowedError
from ground.forms import add_refusal


class NameForm(forms.Form):
    name = forms.CharField()


@pytest.mark.parametrize(
    ("error", "field", "place"),
    [
        (DomainError("taken", "It is taken.", "name"), None, "name"),
        (DomainError("taken", "It is taken.", "custom.name"), "name", "name"),
        (DomainError("taken", "It is taken."), None, "__all__"),
        (ConflictError("taken", "It is taken.", "a field of the API"), None, "__all__"),
    ],
    ids=["its field", "another name for it", "the whole", "no field of the form"],
)
def test_a_refusal_stands_where_it_can_be_mended(error, field, place):
    form = NameForm({"name": "Ada"})

    add_refusal(form, error, field=field)

    assert form.errors == {place: ["It is taken."]}


def test_what_the_actor_may_not_do_is_not_a_matter_of_the_form():
    form = NameForm({"name": "Ada"})

    with pytest.raises(NotAllowedError):
        add_refusal(form, NotAllowedError("not_allowed", "You may not."))

    assert not form.errors
