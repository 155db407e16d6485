import pytest
from django.apps import apps

from accounts.actor import user_actor
from accounts.models import AuditEntry, AuditHead, User
from accounts.setup import setup_address
from accounts.write_guard import domain_tables
from ground.errors import NotAllowedError
from leadcrm.setup.samples import clear_samples, count_samples, load_samples, sample_models
from leads.models import Company, Lead
from tests.factories import make_company, make_lead
from tests.setup.test_first_start import ANSWERS


@pytest.fixture
def by(admin):
    return user_actor(admin)


def counts():
    """How many rows each table of the domain holds; the audit log only grows."""
    return {
        model._meta.label: model._default_manager.count()
        for model in apps.get_models(include_auto_created=True)
        if model._meta.db_table in domain_tables() and model not in (AuditEntry, AuditHead)
    }


def test_samples_are_leads_in_every_stage_with_their_past(by, now):
    assert load_samples(language="de", by=by, as_of=now) == 18

    stages = Lead.objects.values_list("stage", flat=True)
    assert set(stages) == {
        "subscriber",
        "lead",
        "mql",
        "sql",
        "opportunity",
        "customer",
        "promoter",
    }
    promoter = Lead.objects.get(stage="promoter")
    passed = promoter.stage_changes.order_by("at").values_list("to_stage", flat=True)
    assert list(passed) == ["lead", "mql", "sql", "opportunity", "customer", "promoter"]
    assert set(Lead.objects.values_list("is_sample", flat=True)) == {True}
    assert all(lead.email.endswith(".example") for lead in Lead.objects.all())
    assert User.objects.count() == 1


def test_loading_twice_changes_nothing(by, now):
    load_samples(language="de", by=by, as_of=now)
    before = counts()

    assert load_samples(language="de", by=by, as_of=now) == 0
    assert counts() == before


def test_clearing_leaves_exactly_what_was_there_before(by, now):
    own = make_lead(company="Eigene GmbH")
    make_company("Andere AG")
    before = counts()
    load_samples(language="de", by=by, as_of=now)

    assert clear_samples(by=by, as_of=now) == 18

    assert counts() == before
    assert Lead.objects.get() == own
    assert clear_samples(by=by, as_of=now) == 0
    assert AuditEntry.objects.filter(event="samples.cleared").count() == 1


def test_a_company_of_the_samples_stays_when_a_lead_of_ours_is_in_it(by, now):
    load_samples(language="de", by=by, as_of=now)
    make_lead(company="Gärtnerei Lorenz")

    clear_samples(by=by, as_of=now)

    assert list(Company.objects.values_list("name", flat=True)) == ["Gärtnerei Lorenz"]


def test_every_model_that_marks_samples_is_cleared(by, now):
    names = {model.__name__ for model in sample_models()}

    assert {"Form", "Campaign", "FieldDefinition", "Segment", "ScoringModel", "Sequence"} <= names
    assert "User" not in names


def test_only_administrators_load_and_clear(marketer, by, now):
    load_samples(language="de", by=by, as_of=now)
    other = user_actor(marketer)

    for attempt in (
        lambda: load_samples(language="de", by=other, as_of=now),
        lambda: clear_samples(by=other, as_of=now),
    ):
        with pytest.raises(NotAllowedError):
            attempt()

    assert count_samples() == 18


def test_the_wizard_offers_samples_and_the_start_page_clears_them(client, db):
    path = setup_address().removeprefix("http://127.0.0.1:8000")
    client.post(path, ANSWERS | {"with_samples": "on", "language": "en"})

    assert "18 invented leads" in client.get("/").content.decode()
    assert client.post("/setup/samples/clear/")["Location"] == "/"
    assert count_samples() == 0
    assert "invented leads" not in client.get("/").content.decode()
