"""How gunicorn serves LeadCRM: ``gunicorn -c python:leadcrm.web_server leadcrm.wsgi``.

``WEB_CONCURRENCY`` sets the number of worker processes, ``--bind`` the address.
"""

import gc
import os
import shutil
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadcrm.settings")

from django.conf import settings

from leadcrm.env import Environment
from leadcrm.metric_files import keep_counts_of, make_folder

# Each worker counts for itself; Prometheus gets the sum from these files. The folder must be there
# before the code is loaded, and empty: the workers of the last start are gone.
_is_own = "PROMETHEUS_MULTIPROC_DIR" not in os.environ
_metrics = (
    make_folder(settings.VAR_DIR) if _is_own else Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
)
_metrics.mkdir(parents=True, exist_ok=True)
for _left_over in _metrics.glob("*.db"):
    _left_over.unlink()
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_metrics)

_env = Environment()
_asked = _env.plain("WEB_CONCURRENCY") or "2"
workers = _env.read("WEB_CONCURRENCY", lambda: int(_asked), "must be a whole number")
# Threads, which get a request once it is whole: slow visitors hold none of them.
worker_class = "leadcrm.whole_requests.WholeRequestWorker"
threads = 4
# The code is loaded once and shared by the workers: 80 MB less than without.
preload_app = True
timeout = 60
# Half of what `up` grants everything together.
graceful_timeout = 5
keepalive = 5
max_requests = 10_000
max_requests_jitter = 1_000
accesslog = None
errorlog = "-"
loglevel = "warning"
control_socket_disable = True
if Path("/dev/shm").is_dir():  # noqa: S108 - memory, so that a slow disk stops no heartbeat
    worker_tmp_dir = "/dev/shm"  # noqa: S108


def pre_fork(server: Any, worker: Any) -> None:
    """Keep the memory of the loaded code shared: the collector would write to every object."""
    gc.freeze()


def post_worker_init(worker: Any) -> None:
    """Look for circles of garbage after many pages, not in the middle of each.

    A page makes some ten thousand objects that go as soon as it is answered. With the ordinary
    limits the collector walked through them all several times: half of the time of a large page.
    """
    gc.set_threshold(100_000, 20, 20)


def child_exit(server: Any, worker: Any) -> None:
    """Take the gauges of a dead worker out of the sum and keep its counts."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
    keep_counts_of(worker.pid, _metrics)


def on_exit(server: Any) -> None:
    """Give the memory back."""
    if _is_own:
        shutil.rmtree(_metrics, ignore_errors=True)
