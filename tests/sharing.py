"""How the tests are shared out among the processes of a run."""

from itertools import groupby

from xdist.scheduler import LoadScopeScheduling

# Large files that set nothing up for all of their tests: each test goes to whoever is free.
_APART = frozenset(
    {"tests/api/test_document.py", "tests/rights/test_matrix.py", "tests/rights/test_csrf.py"}
)
# Folders for one process: two at once of what hurts servers would measure how busy the machine is.
_TOGETHER = ("tests/faults/",)


class Shares(LoadScopeScheduling):
    """Gives a process a file at a time, so that what a file sets up is set up once.

    The order is that of the collection. A file whose tests stand in two places of it, with
    transactions of their own and without, is two shares.
    """

    _shares: dict[str, str] | None = None

    def _split_scope(self, nodeid: str) -> str:
        if self._shares is None:
            collected = next(iter(self.registered_collections.values()))
            self._shares = shares_of(collected)
        return self._shares[nodeid]


def shares_of(collected: list[str]) -> dict[str, str]:
    """Return which share each of the tests ``collected`` belongs to."""
    runs = [(name, list(tests)) for name, tests in groupby(collected, key=_name)]
    return {test: f"{name} {number}" for number, (name, tests) in enumerate(runs) for test in tests}


def _name(nodeid: str) -> str:
    file = nodeid.partition("::")[0]
    if file in _APART:
        return nodeid
    return next((folder for folder in _TOGETHER if file.startswith(folder)), file)
