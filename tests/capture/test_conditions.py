from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.actor import user_actor
from capture.actions.campaigns import save_campaign
from leads.conditions import leads_where
from leads.models import Lead
from tests.capture.scene import make_form, submit
from tests.factories import EVERYTHING, NOW, make_lead

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(marketer):
    """Return the addresses of the leads that meet a leaf, as of a moment."""

    def ask(field, op, as_of=None, **rest):
        moment = as_of or timezone.now()
        leaf = {"field": field, "op": op, **rest}
        leads = leads_where(leaf, actor=user_actor(marketer), as_of=moment)
        return sorted(leads.values_list("email", flat=True))

    return ask


@pytest.fixture
def campaign():
    campaign = save_campaign(None, name="Herbst", by=EVERYTHING, as_of=NOW)
    page = "https://www.example.org/?utm_campaign=herbst&utm_source=LinkedIn&utm_medium=social"
    submit(make_form(), email="a@example.org", page_url=page)
    make_lead(email="b@example.org")
    return campaign


def test_leads_are_found_by_campaign_and_link(asked, campaign):
    key = str(campaign.public_id)

    assert asked("campaign", "has", value=key) == ["a@example.org"]
    assert asked("campaign", "has_not", value=key) == ["b@example.org"]
    assert asked("campaign", "is_empty") == ["b@example.org"]
    assert asked("utm_source", "is", value="linkedin") == ["a@example.org"]
    assert asked("utm_medium", "contains", value="soc") == ["a@example.org"]
    assert asked("touch_channel", "has", value="linkedin") == ["a@example.org"]


def test_contacts_are_counted_once_each_and_only_until_the_moment(asked, campaign):
    before = timezone.now() - timedelta(hours=1)

    assert asked("touch_count", "at_least", value=1) == ["a@example.org"]
    assert asked("touch_count", "at_least", value=2) == []
    assert asked("touch_count", "at_least", value=1, as_of=before) == []
    assert asked("campaign", "is_empty", as_of=before) == ["a@example.org", "b@example.org"]


def test_leads_are_found_by_the_form_that_they_sent(asked):
    form = make_form()
    submit(form)
    params = {"kind": "form.submitted", "form": str(form.public_id)}

    found = asked("activity_count", "at_least", value=1, params=params)

    assert found == ["eva@example.org"]
    assert Lead.objects.count() == 1
