"""As whom a server runs, and that it does not outlive the process that started it.

PostgreSQL refuses to run as root. Started by root, it runs as the owner of the folder or as a
system user. That user need not be able to enter the folder (a checkout under /root): on Linux the
server keeps one right of root, to pass and read folders, and nothing else.
"""

import ctypes
import os
import pwd
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from signal import Signals

_SYSTEM_USERS = ("postgres", "nobody")
# From linux/prctl.h, linux/securebits.h and linux/capability.h.
_PR_SET_PDEATHSIG = 1
_PR_SET_SECUREBITS = 28
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_SECBIT_NO_SETUID_FIXUP = 1 << 2
_CAPABILITY_VERSION_3 = 0x20080522
_CAP_DAC_OVERRIDE = 1
_CAP_DAC_READ_SEARCH = 2


class _CapabilityHeader(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class _CapabilityData(ctypes.Structure):
    _fields_ = [
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    ]


@dataclass(frozen=True, slots=True)
class Account:
    """A user of the system, by number."""

    uid: int
    gid: int


def server_account(data: Path) -> Account | None:
    """Return the user that a server with its data in ``data`` runs as; None for ourselves.

    The owner of the data, else of the nearest folder above, else the first system user there is.
    """
    if os.geteuid() != 0:
        return None
    nearest = next(folder for folder in (data, *data.parents) if folder.exists())
    status = nearest.stat()
    if status.st_uid != 0:
        return Account(status.st_uid, status.st_gid)
    for name in _SYSTEM_USERS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise LookupError(f"PostgreSQL needs a user other than root: {' or '.join(_SYSTEM_USERS)}.")


def starter(account: Account | None, *, when_orphaned: Signals) -> Callable[[], None]:
    """Return what a child does before it becomes its program (``preexec_fn``).

    It becomes ``account`` and asks the kernel for ``when_orphaned`` when its parent dies; the
    latter only on Linux.
    """
    is_linux = sys.platform == "linux"
    libc = ctypes.CDLL(None, use_errno=True) if is_linux else None

    def become() -> None:
        if account is not None:
            if libc:
                # The change of user leaves our rights alone, and access(2) takes them into account.
                libc.prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
            os.setgroups([])
            os.setgid(account.gid)
            os.setuid(account.uid)
            if libc:
                _keep_passing_folders(libc)
        if libc:
            # After the change of user, which would clear it.
            libc.prctl(_PR_SET_PDEATHSIG, int(when_orphaned), 0, 0, 0)

    return become


def _keep_passing_folders(libc: ctypes.CDLL) -> None:
    """Give up every right of root but one.

    Containers often lack the narrower right and have the wider one. With neither, the server
    starts all the same if its user can enter the folder.
    """
    for capability in (_CAP_DAC_READ_SEARCH, _CAP_DAC_OVERRIDE):
        bit = 1 << capability
        header = _CapabilityHeader(_CAPABILITY_VERSION_3, 0)
        data = (_CapabilityData * 2)(_CapabilityData(bit, bit, bit), _CapabilityData(0, 0, 0))
        if (
            libc.capset(ctypes.byref(header), data) == 0
            and libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability, 0, 0) == 0
        ):
            return
