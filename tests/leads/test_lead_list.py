import pytest
from django.urls import reverse

from leadcrm.logs import formatter
from leads.models import Lead, SavedView, Segment
from leads.stages import Stage
from tests.factories import NOW, make_lead

pytestmark = pytest.mark.django_db


def page(lead, name="lead_detail"):
    return reverse(name, args=[lead.public_id])


def test_the_list_shows_filters_sorts_and_searches(as_user, marketer):
    make_lead(first_name="Ada", last_name="Zuse", score=10, company="Rechner AG")
    make_lead(first_name="Bob", last_name="Abel", score=90, stage=Stage.MQL)
    client = as_user(marketer)

    def names(**params):
        rows = client.get(reverse("lead_list"), params).context["page"].rows
        return [lead.first_name for lead in rows]

    assert names(ordering="-score") == ["Bob", "Ada"]
    assert names(ordering="name") == ["Bob", "Ada"]
    assert names(stage="mql") == ["Bob"]
    assert names(q="rechner zus") == ["Ada"]
    assert names(q="nobody") == []


def test_a_former_address_finds_the_lead(as_user, marketer):
    lead = make_lead(email="new@example.org")
    make_lead(email="other@example.org")
    from accounts.action import writing
    from leads.models import Identifier

    with writing("scene"):
        Identifier.objects.create(
            lead=lead, kind="email", value="Old@x.de", normalised="old@x.de", created_at=NOW
        )

    found = as_user(marketer).get(reverse("lead_list"), {"q": "OLD@x.de"}).context["page"].rows

    assert found == [lead]


@pytest.mark.case("Q01")
@pytest.mark.parametrize("ordering", ["name;drop", "owner__password", "-api_key", "(select 1)"])
def test_an_unknown_order_is_a_bad_request(as_user, marketer, ordering):
    response = as_user(marketer).get(reverse("lead_list"), {"ordering": ordering})

    assert response.status_code == 400


@pytest.mark.case("Z02")
def test_a_rep_sees_own_leads_and_the_pool_only(as_user, rep, stranger):
    own = make_lead(owner=rep, team=rep.team)
    pool = make_lead()
    make_lead(owner=stranger, team=stranger.team)

    rows = as_user(rep).get(reverse("lead_list"), {"ordering": "created"}).context["page"].rows

    assert rows == [own, pool]


def test_the_list_needs_a_fixed_number_of_queries(as_user, marketer, django_assert_max_num_queries):
    client = as_user(marketer)
    for _number in range(30):
        make_lead(company="Firma")

    with django_assert_max_num_queries(13):
        client.get(reverse("lead_list"))


def test_chosen_leads_are_tagged_assigned_and_binned(as_user, manager, rep):
    leads = [make_lead() for _number in range(3)]
    client = as_user(manager)
    ids = [str(lead.public_id) for lead in leads[:2]]

    client.post(reverse("leads_tag"), {"ids": ids, "tags": "Messe"})
    client.post(reverse("leads_assign"), {"ids": ids, "owner": str(rep.public_id)})
    client.post(reverse("leads_delete"), {"ids": ids[:1]})

    assert Lead.objects.filter(tags__name="Messe").count() == 2
    assert Lead.objects.filter(owner=rep).count() == 2
    assert Lead.objects.alive().count() == 2


def test_all_that_match_are_chosen_by_their_filter(as_user, manager):
    make_lead(city="Ulm")
    make_lead(city="Bonn")

    as_user(manager).post(reverse("leads_tag"), {"scope": "all", "query": "q=Ulm", "tags": "Süd"})

    assert list(Lead.objects.filter(tags__name="Süd").values_list("city", flat=True)) == ["Ulm"]


@pytest.mark.case("I11")
def test_a_rep_may_not_export_and_the_system_log_says_who_tried(as_user, rep, caplog):
    response = as_user(rep).get(reverse("lead_export"))

    lines = [formatter().format(record) for record in caplog.records]
    [line] = [line for line in lines if "request_finished" in line]
    assert response.status_code == 403
    assert "code=403" in line
    assert "request='GET /leads/export/'" in line
    assert f"user_id={rep.pk}" in line


@pytest.mark.requirement("S100")
def test_a_view_is_saved_under_its_name_and_shared(as_user, marketer, manager):
    client = as_user(marketer)

    response = client.post(
        reverse("view_save"), {"name": "Heiß", "query": "temperature=hot", "is_shared": "on"}
    )

    assert response["Location"] == reverse("lead_list") + "?temperature=hot"
    views = as_user(manager).get(reverse("lead_list")).context["page"].views
    assert [str(view.label) for view in views] == ["All", "Heiß"]

    client.post(reverse("view_delete", args=[SavedView.objects.get().public_id]))
    assert not SavedView.objects.exists()


@pytest.mark.requirement("S88")
def test_a_segment_holds_the_leads_that_meet_its_condition(as_user, marketer):
    make_lead(city="Ulm")
    make_lead(city="Bonn")
    client = as_user(marketer)

    client.post(
        reverse("segment_create"),
        {"name": "Ulm", "where": '{"field": "city", "op": "is", "value": "Ulm"}'},
    )

    segment = Segment.objects.get()
    rows = client.get(reverse("lead_list"), {"segment": segment.public_id}).context["page"].rows
    assert [lead.city for lead in rows] == ["Ulm"]
    assert "Ulm" in client.get(reverse("segment_list")).content.decode()
