import pytest

from capture.models import Post
from tests.api.client import ApiClient
from tests.capture.test_post_pages import bring, click
from tests.capture.test_short_links import make_link, make_post

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(marketer):
    return ApiClient(marketer, "reports:read", "leads:read", "posts:write")


@pytest.mark.requirement("S41")
def test_posts_are_listed_with_what_they_brought(api):
    post = make_post()
    click(post, 5)
    bring(post)

    (told,) = api.get("posts/").json()["results"]

    assert (told["id"], told["network"], told["campaign"]) == (
        str(post.public_id),
        "instagram",
        None,
    )
    counts = [told[name] for name in ("clicks", "machine_clicks", "leads", "mql", "customers")]
    assert counts == [5, 2, 1, 0, 0]
    assert len(told["links"]) == 2


def test_a_key_that_reads_no_leads_is_told_none(marketer):
    bring(make_post())

    (told,) = ApiClient(marketer, "reports:read").get("posts/").json()["results"]

    assert (told["leads"], told["mql"], told["customers"]) == (None, None, None)


def test_a_post_is_read_with_its_links(api):
    link = make_link("https://a.example/")

    (told,) = api.get(f"posts/{link.post.public_id}/").json()["links"]

    assert told["address"].endswith(f"/l/{link.code}")
    assert told["target"] == "https://a.example/"
    assert told["destination"].startswith("https://a.example/?utm_source=instagram")
    assert told["is_open"]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("network=tiktok", 1),
        ("published_from=2026-11-02", 2),
        ("published_until=2026-11-01", 0),
        ("published_from=2026-11-03", 0),
    ],
)
def test_posts_are_narrowed(api, query, count):
    make_post()
    make_post("Zweiter", network="tiktok")

    assert len(api.get(f"posts/?{query}").json()["results"]) == count


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("network=myspace", "network"),
        ("campaign=x", "campaign"),
        ("published_from=x", "published_from"),
    ],
)
def test_a_filter_that_means_nothing_is_refused(api, query, field):
    answer = api.get(f"posts/?{query}")

    assert (answer.status_code, answer.json()["field"]) == (422, field)


@pytest.mark.parametrize(("likes", "status"), [(7, 200), (None, 200), (-1, 400), ("x", 400)])
def test_likes_are_noted_by_the_api(api, likes, status):
    post = make_post()

    answer = api.patch(f"posts/{post.public_id}/", {"likes": likes})

    assert answer.status_code == status
    if status == 200:
        assert answer.json()["likes"] == Post.objects.get().likes == likes
