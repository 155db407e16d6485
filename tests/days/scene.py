"""An organisation somewhere, and things that happen at a moment of its day."""

from datetime import datetime
from uuid import uuid4

from accounts.action import writing
from capture.models import Form, Submission, SubmissionState
from tests.nurturing.scene import make_organisation

NEW_YORK = "America/New_York"


def live_in(zone: str) -> None:
    """Let the organisation be in ``zone``, as its settings page does."""
    make_organisation(time_zone=zone)


def make_submission(form: Form, at: datetime) -> Submission:
    with writing("scene"):
        return Submission.objects.create(
            id=uuid4(),
            form=form,
            form_public_id=form.public_id,
            body=b"",
            body_hash="",
            received_at=at,
            state=SubmissionState.PROCESSED,
        )
