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

# Each worker counts for itself; Prometheus gets the sum from these files. The folder must be there
# before the code is loaded, and empty: the workers of the last start are gone.
_metrics = Path(
    os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(settings.VAR_DIR / "metrics"))
)
shutil.rmtree(_metrics, ignore_errors=True)
_metrics.mkdir(parents=True)

workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
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


def child_exit(server: Any, worker: Any) -> None:
    """Take the gauges of a dead worker out of the sum."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
