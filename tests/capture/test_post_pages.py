"""Posts and what they brought."""

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.action import writing
from capture.actions.posts import delete_posts, note_likes, save_post
from capture.models import LinkDay, Post, ShortLink
from capture.post_figures import posts_with_figures
from ground.errors import DomainError, NotAllowedError
from leads.actions.lifecycle import change_stage
from leads.conditions import leads_where
from leads.models import Lead
from tests.capture.scene import make_form, submit
from tests.capture.test_short_links import make_link, make_post
from tests.factories import EVERYTHING, NOW, make_lead

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(as_user, marketer):
    return as_user(marketer)


def bring(post, email="eva@example.org", link=None):
    """Let somebody come by a link of ``post`` and become a lead."""
    link = link or make_link(post=post)
    known = set(Lead.objects.values_list("pk", flat=True))
    page = f"https://www.example.org/?utm_source={post.network}&lcl={link.code}"
    submit(make_form(), page_url=page, email=email)
    return Lead.objects.exclude(pk__in=known).first() or Lead.objects.get(email=email)


def click(post, count):
    link = make_link(post=post)
    with writing("scene"):
        LinkDay.objects.create(link=link, day=NOW.date(), clicks=count, machine_clicks=2)


@pytest.mark.requirement("S41")
def test_a_post_tells_clicks_leads_mqls_and_customers(actor, marketer, no_gates):
    post, other = make_post(), make_post("Anderer")
    click(post, 7)
    link = make_link(post=post)
    for number in range(3):
        bring(post, f"a{number}@example.org", link)
    leads = list(Lead.objects.order_by("id"))
    later = leads[0].created_at + timedelta(minutes=1)
    for lead, stage in ((leads[0], "mql"), (leads[1], "customer")):
        change_stage([lead.pk], to=stage, by=EVERYTHING, as_of=later, reason="x")
    bring(post, "a0@example.org", link)

    told = posts_with_figures(actor(marketer)).get(pk=post.pk)

    figures = ("click_count", "machine_count", "lead_count", "mql_count", "customer_count")
    assert [getattr(told, name) for name in figures] == [7, 2, 3, 2, 1]
    nothing = posts_with_figures(actor(marketer)).get(pk=other.pk)
    assert [getattr(nothing, name) for name in figures] == [0] * 5


def test_who_was_an_mql_before_was_not_won_by_the_post(actor, marketer, no_gates):
    lead = make_lead(email="eva@example.org")
    change_stage([lead.pk], to="mql", by=EVERYTHING, as_of=NOW, reason="x")
    post = make_post()

    bring(post)

    told = posts_with_figures(actor(marketer)).get()
    assert (told.lead_count, told.mql_count) == (1, 0)


def test_a_rep_counts_the_leads_that_they_may_see(actor, rep, stranger):
    post = make_post()
    lead = bring(post)
    with writing("scene"):
        Lead.objects.filter(pk=lead.pk).update(owner=stranger, team=stranger.team)

    assert posts_with_figures(actor(rep)).get().lead_count == 0
    assert posts_with_figures(actor(stranger)).get().lead_count == 1


@pytest.mark.requirement("S43")
def test_posts_are_sorted_by_leads_and_never_by_likes(client):
    liked, clicked, best = make_post("Beliebt"), make_post("Geklickt"), make_post("Bester")
    note_likes({liked.pk: 90_000}, by=EVERYTHING, as_of=NOW)
    click(clicked, 50)
    bring(best)

    page = client.get(reverse("post_list")).context["page"]

    assert [post.title for post in page.rows] == ["Bester", "Geklickt", "Beliebt"]
    for asked in ("likes", "-likes"):
        assert client.get(reverse("post_list"), {"ordering": asked}).status_code == 400


def test_a_post_is_made_with_its_first_link(client):
    data = {
        "title": "Herbst",
        "network": "instagram",
        "published_at": "2026-11-02T10:00",
        "target": "https://www.example.org/angebot",
    }

    response = client.post(reverse("post_create"), data)

    post = Post.objects.get()
    assert response["Location"] == reverse("post_detail", args=[post.public_id])
    page = client.get(response["Location"]).content.decode()
    assert f"/l/{post.links.get().code}" in page


@pytest.mark.parametrize(
    "target",
    [
        "javascript:alert(1)",
        "//evil.example",
        "www.example.org",
        "https://",
        "https://a@evil.example/",
        "https:\\evil.example",
        "https://[::1",
        "https://a.example:x/",
    ],
)
def test_a_link_leads_to_nothing_but_a_web_address(client, target):
    data = {"title": "H", "network": "x", "published_at": "2026-11-02T10:00", "target": target}

    response = client.post(reverse("post_create"), data)

    assert response.status_code == 422
    assert "target" in response.context["form"].errors
    assert (Post.objects.count(), ShortLink.objects.count()) == (0, 0)


def test_a_link_does_not_lead_to_another_one(client):
    link = make_link()

    with pytest.raises(DomainError) as refusal:
        make_link(f"http://127.0.0.1:8000/l/{link.code}")

    assert refusal.value.code == "target_is_link"


def test_links_are_added_closed_and_opened_on_the_page_of_the_post(client):
    post = make_post()
    address = reverse("add_post_link", args=[post.public_id])

    refused = client.post(address, {"target": "nein"})
    client.post(address, {"target": "https://a.example/", "label": "Story"})
    link = ShortLink.objects.get()
    client.post(reverse("close_short_link", args=[link.public_id]))
    closed = ShortLink.objects.get().closed_at
    client.post(reverse("open_short_link", args=[link.public_id]))

    assert refused.status_code == 422
    assert closed is not None
    assert ShortLink.objects.get().closed_at is None


def test_likes_are_noted_by_hand_and_taken_back(client):
    post = make_post()
    address = reverse("post_likes", args=[post.public_id])

    seen = []
    for likes in ("12", "-1", "viele", ""):
        client.post(address, {"likes": likes})
        seen.append(Post.objects.get().likes)

    assert seen == [12, 12, 12, None]


def test_a_post_goes_only_while_it_brought_nothing(client):
    unused, used = make_post(), make_post("Benutzt")
    click(used, 1)

    for post in (unused, used):
        client.post(reverse("delete_post", args=[post.public_id]))

    assert list(Post.objects.all()) == [used]
    with pytest.raises(DomainError) as refusal:
        delete_posts([used.pk], by=EVERYTHING, as_of=NOW)
    assert refusal.value.code == "post_in_use"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"title": " "}, "title_missing"),
        ({"network": "myspace"}, "network_unknown"),
        ({"url": "javascript:alert(1)"}, "url_unreadable"),
    ],
)
def test_a_post_that_says_nothing_is_refused(values, code):
    with pytest.raises(DomainError) as refusal:
        make_post(**{"title": "T", "network": "x", **values})

    assert refusal.value.code == code
    assert Post.objects.count() == 0


def test_a_viewer_reads_posts_and_changes_none(actor, viewer):
    with pytest.raises(NotAllowedError):
        save_post(None, title="T", network="x", by=actor(viewer), as_of=NOW)


def test_posts_are_exported_as_they_are_listed_and_nothing_is_a_formula(client):
    make_post("=cmd()")
    click(make_post("Zweiter", network="tiktok"), 3)

    answer = client.get(reverse("post_export"), {"network": "instagram"})
    everything = client.get(reverse("post_export"))

    def table(response):
        text = b"".join(response.streaming_content).decode("utf-8-sig")
        return [row[0] for row in csv.reader(io.StringIO(text), delimiter=";")]

    assert table(answer) == ["title", "'=cmd()"]
    assert table(everything) == ["title", "Zweiter", "'=cmd()"]


def test_a_post_is_found_by_its_title_and_by_a_code(client):
    post, link = make_post("Sommerfest"), make_link()

    def found(text):
        return client.get(reverse("post_list"), {"q": text}).context["page"].rows

    assert found("sommer") == [post]
    assert found(f"https://x.example/l/{link.code}") == [link.post]


def test_the_page_of_a_lead_names_the_post(client):
    lead = bring(make_post("Herbstpost"))

    page = client.get(reverse("lead_detail", args=[lead.public_id])).content.decode()

    assert "Herbstpost" in page


def test_leads_are_found_by_the_post_that_brought_them(actor, marketer):
    post = make_post()
    lead, _other = bring(post), make_lead()
    leaf = {"field": "post", "op": "has", "value": str(post.public_id)}

    found = leads_where(leaf, actor=actor(marketer), as_of=timezone.now())

    assert list(found) == [lead]
