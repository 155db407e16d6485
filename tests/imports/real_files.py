"""Real lead files that stand beside the checkout; they are not part of the repository."""

from pathlib import Path

import pytest
from django.conf import settings

FOLDER = Path(settings.BASE_DIR).parent / "shared" / "data"
needs_real_files = pytest.mark.skipif(
    not FOLDER.is_dir(), reason=f"the real lead files are not here: {FOLDER}"
)
MAPPING = Path(__file__).parent.parent / "data" / "x_education_mapping.json"
