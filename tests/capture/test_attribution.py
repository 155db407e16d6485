import pytest

from capture.actions.campaigns import save_campaign
from capture.attribution import channel_of, read_origin
from capture.models import Touch
from leads.models import Lead
from leads.stages import Channel
from tests.capture.scene import make_form, submit
from tests.factories import EVERYTHING, NOW

PAGE = "https://www.example.org/"


@pytest.mark.parametrize(
    ("query", "referrer", "channel"),
    [
        ("", "", Channel.WEBSITE),
        ("utm_source=facebook&utm_medium=cpc", "", Channel.FACEBOOK),
        ("utm_source=IG", "", Channel.INSTAGRAM),
        ("utm_source=tiktok", "", Channel.TIKTOK),
        ("utm_source=google&utm_medium=cpc", "", Channel.PAID_SEARCH),
        ("utm_source=brief&utm_medium=newsletter", "", Channel.EMAIL),
        ("gclid=1", "https://www.google.com/", Channel.PAID_SEARCH),
        ("ttclid=1", "", Channel.TIKTOK),
        ("", "https://www.google.de/", Channel.ORGANIC_SEARCH),
        ("", "https://l.facebook.com/l.php", Channel.FACEBOOK),
        ("", "https://notfacebook.com/", Channel.WEBSITE),
        ("", "https://www.example.org/other", Channel.WEBSITE),
        ("utm_source=%3Cscript%3E", "javascript:alert(1)", Channel.WEBSITE),
        ("&&&=&x", "http://[", Channel.WEBSITE),
    ],
)
def test_the_channel_is_read_from_the_link(query, referrer, channel):
    origin = read_origin(f"{PAGE}?{query}", referrer)

    assert channel_of(origin, otherwise=Channel.WEBSITE) == channel


def test_what_is_no_web_address_is_left_out():
    origin = read_origin("data:text/html,x?utm_source=facebook", "ftp://x/")

    assert (origin.landing_page, origin.referrer, origin.utm) == ("", "", {})


@pytest.mark.django_db
def test_a_campaign_is_credited_by_its_code():
    values = {"name": "Herbst", "code": "herbst", "channel": Channel.TRADE_FAIR}
    campaign = save_campaign(None, by=EVERYTHING, as_of=NOW, **values)

    submit(make_form(), page_url=f"{PAGE}?utm_campaign=Herbst")

    assert Touch.objects.get().campaign == campaign
    assert Lead.objects.get().first_channel == Channel.TRADE_FAIR


@pytest.mark.django_db
def test_the_campaign_of_the_form_is_credited_when_the_link_names_none():
    campaign = save_campaign(None, name="Messe", by=EVERYTHING, as_of=NOW)

    submit(make_form(campaign_id=campaign.pk, channel=Channel.LANDING_PAGE))

    assert Touch.objects.get().campaign == campaign
    assert Lead.objects.get().first_channel == Channel.LANDING_PAGE
