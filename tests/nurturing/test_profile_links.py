"""Links in mails by which a reader is asked for what is not known yet (S60)."""

import re

import pytest
from django.utils import timezone

from accounts.models import Organisation
from capture.profiling import read_profile_link
from ground.errors import DomainError
from nurturing.catalogue import Reader, known_names, values_for
from nurturing.compose import fill_texts
from nurturing.drafts import Draft
from nurturing.profile_links import sequences_that_ask
from nurturing.readiness import missing_for_activation
from nurturing.reading import without_secrets
from tests.capture.scene import make_form
from tests.factories import make_lead
from tests.nurturing.scene import mail, make_organisation, make_sequence

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S60")]
LATER = {"name": "phone", "label": "Phone", "kind": "tel", "later": True}
EMAIL = {"name": "email", "label": "E-mail", "kind": "email"}


def make_asking_form(name="More"):
    return make_form(name=name, definition={"fields": [EMAIL, LATER]})


def token_of(form):
    return f"profile_link.f{form.public_id.hex[:10]}"


def proof_in(link, form):
    found = re.search(rf"/f/{form.public_id}/p/([^/]+)/", link)
    return read_profile_link(found[1], form.public_id, as_of=timezone.now())


def test_each_form_that_asks_more_has_a_placeholder_and_the_oldest_the_bare_one():
    plain, first, second = make_form(), make_asking_form(), make_asking_form("Even more")

    assert {"profile_link", token_of(first), token_of(second)} <= known_names()
    assert token_of(plain) not in known_names()


def test_the_link_proves_this_reader_to_this_form():
    first, second, lead = make_asking_form(), make_asking_form("Even more"), make_lead()
    reader = Reader(lead, Organisation.current(), "en")

    told = values_for(reader, ["profile_link", token_of(second)])

    assert proof_in(told["profile_link"], first).lead == lead.public_id
    assert proof_in(told[token_of(second)], second).lead == lead.public_id


def test_a_button_of_a_mail_leads_to_the_questions():
    form, lead = make_asking_form(), make_lead()
    html = '<a href="{{ profile_link }}">Tell us more</a>'
    texts = {"subject": "Hello", "text": "{{ profile_link }}", "html": html}

    content = fill_texts(texts, "en", lead, Organisation.current(), "https://x.example/u/")

    assert proof_in(content.html, form).lead == lead.public_id
    assert proof_in(content.text, form).lead == lead.public_id


def test_colleagues_who_read_the_mail_cannot_act_as_its_reader(settings):
    form, lead = make_asking_form(), make_lead()
    link = values_for(Reader(lead, Organisation.current(), "en"), ["profile_link"])["profile_link"]

    told = without_secrets(f'<a href="{link}">More</a> {link}')

    assert told == f'<a href="{settings.BASE_URL}/…">More</a> {settings.BASE_URL}/…'
    assert str(form.public_id) not in told


def test_a_mail_that_links_to_no_questions_is_not_activated():
    make_organisation()
    draft = Draft(purpose="marketing", steps=(mail("m1", html="<p>{{ profile_link }}</p>"),))

    codes = [missing.code for missing in missing_for_activation(draft)]
    make_asking_form()
    after = [missing.code for missing in missing_for_activation(draft)]

    assert "profile_link" in codes
    assert "profile_link" not in after


def test_it_is_told_which_running_sequences_ask():
    make_organisation()
    form, other = make_asking_form(), make_asking_form("Even more")
    make_sequence(mail("m1", html="<p>{{ profile_link }}</p>"), name="Bare")
    html = f"<p>{{{{ {token_of(other)} }}}}</p>"
    make_sequence(mail("m1", html=html), name="Other")

    assert sequences_that_ask(token_of(form)) == ["Bare"]
    assert sequences_that_ask(token_of(other)) == ["Other"]


def test_a_form_that_is_not_there_keeps_the_sequence_from_running():
    make_organisation()

    with pytest.raises(DomainError) as refused:
        make_sequence(mail("m1", html="<p>{{ profile_link.f0000000000 }}</p>"))

    assert refused.value.code == "not_ready"
