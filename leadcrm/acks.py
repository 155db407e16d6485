"""What a worker does when Redis does not take its word that a tick is done."""

from typing import Any

from celery.worker.request import Request


class TickRequest(Request):
    """A message to the worker whose failed acknowledgement makes the connection anew.

    Celery would log the failure and go on. The message then counts as at work for good, and once
    every process of the worker has one like that, it never asks for another.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        # The errors that are swallowed; every other ends the connection.
        super().__init__(*args, **options | {"connection_errors": ()})
