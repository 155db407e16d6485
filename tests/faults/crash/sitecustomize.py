"""Crash points: Python loads this in every process of an installation that is to be hurt.

A file in the folder CRASH_POINTS kills the next process that comes by the point of that name, as
``kill -9`` would, once.
"""

import os
import signal
import socket
from functools import wraps
from pathlib import Path


def _pass_by(point: str) -> None:
    try:
        # Whoever removes the file is the one that dies.
        _unlink(Path(os.environ["CRASH_POINTS"]) / point)
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


_rename, _unlink, _sendall = os.rename, os.unlink, socket.socket.sendall


@wraps(_rename)
def rename(source, target, **options):
    if str(target).endswith(".submission"):
        _pass_by("before_rename")
    return _rename(source, target, **options)


@wraps(_unlink)
def unlink(path, **options):
    if str(path).endswith(".submission"):
        _pass_by("before_unlink")
    return _unlink(path, **options)


@wraps(_sendall)
def sendall(self, data, *flags):
    if bytes(data[:12]) == b"HTTP/1.1 200":
        _pass_by("before_answer")
    return _sendall(self, data, *flags)


if "CRASH_POINTS" in os.environ:
    os.rename, os.unlink, socket.socket.sendall = rename, unlink, sendall
