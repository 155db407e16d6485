"""Loaders of the choices that several fields share."""

from django.db.models import TextChoices

from conditions.registry import Choice, ChoiceLoader


def closed(words: type[TextChoices]) -> ChoiceLoader:
    """Return the loader of a closed set whose labels follow the reader's language."""
    loaded = [Choice(word.value, word._label_, word.value) for word in words]  # type: ignore[attr-defined]
    return lambda _snapshot: loaded
