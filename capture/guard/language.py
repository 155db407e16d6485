"""Which of our languages a text is in, told by its small words."""

from capture.guard.likeness import words_of

_GERMAN = """
    der die das und ist nicht wir ich sie ein eine einen bitte mit für auf zu von den dem haben
    gerne uns über im zum ihr ihre wie auch bei oder werden können mich
"""
_ENGLISH = """
    the and is not we you your our please with for on to of have would about a an are this that it
    be can how also at or my i us like
"""
_WORDS = {"de": frozenset(_GERMAN.split()), "en": frozenset(_ENGLISH.split())}
# Fewer words say nothing: a product name, a greeting.
_ENOUGH = 12
_CLEAR = 3


def language_of(text: str) -> str:
    """Return "de", "en", or "" for what is too short or neither clearly."""
    words = words_of(text)
    if len(words) < _ENOUGH:
        return ""
    counts = {name: sum(word in known for word in words) for name, known in _WORDS.items()}
    (first, most), (_second, less) = sorted(counts.items(), key=lambda item: -item[1])
    return first if most >= _CLEAR and most >= 3 * less else ""
