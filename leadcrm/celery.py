"""Celery: wakes the ticks. Nothing that must not be lost travels through it."""

import gc
import os
import warnings

from celery import Celery, Task
from celery.schedules import schedule
from celery.signals import beat_init, worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadcrm.settings")

# The warning is about tasks that arrive pickled; ours arrive as JSON, whoever runs the worker.
warnings.filterwarnings("ignore", message="You're running the worker with superuser")


class TickTask(Task):
    """The base of every task; by name, so that only workers load the code of workers."""

    Request = "leadcrm.acks:TickRequest"


app = Celery("leadcrm", task_cls=TickTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["ground"], related_name="ticks")


@app.on_after_finalize.connect
def plan_ticks(sender: Celery, **kwargs: object) -> None:
    """Give every registered tick to beat."""
    from ground.ticks import TICKS, tick_task

    for tick in TICKS.values():
        sender.add_periodic_task(
            schedule(tick.every), tick_task.s(tick.name), name=tick.name, expires=60
        )


@beat_init.connect
def catch_up_at_once(**kwargs: object) -> None:
    """Let the first ticks run when beat starts, not one period later."""
    from ground.ticks import wake
    from leadcrm.ticks import CATCH_UP

    wake(CATCH_UP)


@worker_init.connect
def share_memory(**kwargs: object) -> None:
    """Keep the memory of the loaded code shared: the collector would write to every object."""
    gc.collect()
    gc.freeze()
