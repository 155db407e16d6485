"""The files in which the workers of the web server count for Prometheus, a set for each process.

They are mapped. On a full disk the kernel kills whoever writes to such a map, and the web server
would go down with a disk that it does not need: so they stand in memory.
"""

import os
import shutil
from hashlib import blake2b
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - made by us alone, see below
# No process has this number: here stands what those counted that are gone.
_GONE = 0


def make_folder(var: Path) -> Path:
    """Return an empty folder of the installation in ``var``: in memory, else on its disk."""
    digest = blake2b(os.fsencode(var), digest_size=6).hexdigest()
    in_memory = MEMORY / f"leadcrm-{os.geteuid()}-{digest}"
    if MEMORY.is_dir():
        shutil.rmtree(in_memory, ignore_errors=True)
        try:
            # SECURITY: fails when somebody else was there first, with a folder or a link.
            in_memory.mkdir(mode=0o700)
        except OSError:
            pass
        else:
            return in_memory
    on_disk = var / "metrics"
    shutil.rmtree(on_disk, ignore_errors=True)
    on_disk.mkdir(parents=True)
    return on_disk


def keep_counts_of(pid: int, folder: Path) -> None:
    """Add what the dead process ``pid`` counted to that of all who are gone; remove its files.

    Workers are replaced every 10,000 requests, and memory is small.
    """
    from prometheus_client.mmap_dict import MmapedDict

    for kind in ("counter", "histogram", "summary"):
        path = folder / f"{kind}_{pid}.db"
        if not path.exists():
            continue
        counted = list(MmapedDict.read_all_values_from_file(str(path)))  # type: ignore[no-untyped-call]
        path.unlink()
        total = MmapedDict(str(folder / f"{kind}_{_GONE}.db"))  # type: ignore[no-untyped-call]
        for key, value, _at, _position in counted:
            before, at = total.read_value(key)  # type: ignore[no-untyped-call]
            total.write_value(key, before + value, at)  # type: ignore[no-untyped-call]
        total.close()  # type: ignore[no-untyped-call]
