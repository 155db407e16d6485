import pytest
from django.urls import reverse

from tests.capture.scene import make_form, submit, visitor

pytestmark = pytest.mark.django_db

PAGES = ["form_edit", "form_settings", "form_results"]


def test_the_list_shows_forms_with_their_figures(as_user, marketer):
    form = make_form()
    for _time in range(4):
        visitor().get(f"/f/{form.public_id}/challenge/")
    submit(form)

    html = as_user(marketer).get(reverse("form_list")).content.decode()

    assert "Contact" in html
    assert "25 %" in html


@pytest.mark.parametrize("page", PAGES)
def test_every_page_of_a_form_opens(as_user, marketer, page):
    form = make_form()

    response = as_user(marketer).get(reverse(page, args=[form.public_id]))

    assert response.status_code == 200
