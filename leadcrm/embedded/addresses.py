"""Where the embedded services of this checkout listen, and its own secret key.

The services listen on Unix sockets only. Their paths follow from the folder of the data, so that
they are known before anything runs, two checkouts never meet, and no port can be taken.
"""

import os
import secrets
from hashlib import blake2b
from pathlib import Path
from tempfile import gettempdir
from urllib.parse import quote

DATABASE = "leadcrm"
# sun_path holds 104 bytes on the BSDs and 108 on Linux, with the zero at the end.
LONGEST_SOCKET_PATH = 103
_POSTGRES_SOCKET = ".s.PGSQL.5432"
_REDIS_SOCKET = "redis.sock"


def socket_folder(var: Path) -> Path:
    """Return the folder of the sockets: in ``var``, else in the temporary folder.

    The latter where the path is too long or has a comma, which libpq takes for a list of hosts; its
    name holds the user and a hash of ``var``. Makes nothing.
    """
    folder = var / "run"
    longest = os.fsencode(folder / "postgres" / _POSTGRES_SOCKET)
    if len(longest) <= LONGEST_SOCKET_PATH and b"," not in longest:
        return folder
    digest = blake2b(os.fsencode(var), digest_size=6).hexdigest()
    return Path(gettempdir()) / f"leadcrm-{os.geteuid()}-{digest}"


def postgres_socket_folder(var: Path) -> Path:
    """Return the folder in which PostgreSQL puts its socket."""
    return socket_folder(var) / "postgres"


def postgres_socket(var: Path) -> Path:
    """Return the path of the socket of PostgreSQL."""
    return postgres_socket_folder(var) / _POSTGRES_SOCKET


def redis_socket(var: Path) -> Path:
    """Return the path of the socket of Redis."""
    return socket_folder(var) / _REDIS_SOCKET


def embedded_database_url(var: Path) -> str:
    """Return the address of the embedded PostgreSQL whose data stands in ``var``."""
    return f"postgresql://{DATABASE}@/{DATABASE}?host={quote(str(postgres_socket_folder(var)))}"


def embedded_redis_url(var: Path) -> str:
    """Return the address of the embedded Redis whose data stands in ``var``."""
    return f"unix://{quote(str(redis_socket(var)))}?db=0"


def broker_url(redis_url: str) -> str:
    """Return ``redis_url`` as Celery writes it; only Unix sockets differ."""
    if not redis_url.startswith("unix://"):
        return redis_url
    return "redis+socket://" + redis_url.removeprefix("unix://").replace("?db=", "?virtual_host=")


def local_secret_key(var: Path) -> str:
    """Return the key in ``var/secret_key``, made on first use.

    Two processes that start at once get the same key: it appears whole or not at all.
    """
    path = var / "secret_key"
    if not path.exists():
        var.mkdir(parents=True, exist_ok=True)
        draft = var / f"secret_key.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(50))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()
