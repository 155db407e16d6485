"""Templates use only classes that a style sheet or a script knows: no page falls apart unseen."""

import re
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
LIBRARIES = (
    "node_modules/@tabler/core/dist/css/tabler.css",
    "node_modules/@tabler/icons-webfont/dist/tabler-icons.css",
)
_CLASS = re.compile(r"\.(-?[a-zA-Z_][\w-]*)")
_ATTRIBUTE = re.compile(r'\bclass="((?:[^"{]|\{%.*?%\}|\{\{.*?\}\})*)"')
_TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}")


def known_classes() -> set[str]:
    sheets = [*(ROOT / "static").rglob("*.css"), *(ROOT / path for path in LIBRARIES)]
    scripts = (ROOT / "static").rglob("*.js")
    found = {name for path in sheets for name in _CLASS.findall(path.read_text(encoding="utf-8"))}
    return found | {
        name for path in scripts for name in re.findall(r"[\w-]+", path.read_text(encoding="utf-8"))
    }


def used_classes(source: str) -> set[str]:
    """Return the classes that stand in a template as they are, without those made by a tag."""
    written = (_TAG.sub("\0", value) for value in _ATTRIBUTE.findall(source))
    return {name for value in written for name in value.split() if "\0" not in name}


def test_a_class_beside_a_tag_is_seen_and_one_made_by_a_tag_is_not():
    source = '<p class="card {% if a %}is-on{% endif %} tone-{{ tone }} quiet">'

    assert used_classes(source) == {"card", "quiet"}


def test_every_class_of_a_template_is_known():
    known = known_classes()
    templates = [p for p in (ROOT / "templates").rglob("*.html") if "mail" not in p.parts]

    unknown = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in templates
        for name in used_classes(path.read_text(encoding="utf-8")) - known
    }

    assert unknown == set()
