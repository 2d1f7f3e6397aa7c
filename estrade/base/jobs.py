"""Work for later. A job is a row written by the transaction that asks for it: it commits or vanishes with it."""

from __future__ import annotations

import importlib
from datetime import datetime
from typing import Any

from procrastinate import RetryDecision
from procrastinate.contrib.django import app
from procrastinate.jobs import Job
from procrastinate.retry import BaseRetryStrategy

from estrade.base.errors import Refusal, Unavailable

task = app.task


def periodic(cron: str) -> Any:
    """Run the task below at the times of `cron`, once over all workers; it is given the time as `timestamp`."""
    return app.periodic(cron=cron)


class Patience(BaseRetryStrategy):
    """Try again after 2, 6, 18 ... seconds, at most `attempts` times. A refusal is final, unless it is Unavailable."""

    def __init__(self, attempts: int = 10) -> None:
        self.attempts = attempts

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """When to run `job` again after `exception`, or None to give up."""
        if isinstance(exception, Refusal) and not isinstance(exception, Unavailable):
            return None
        if job.attempts >= self.attempts:
            return None
        return RetryDecision(retry_in={"seconds": min(2 * 3**job.attempts, 21_600)})


def defer(task_name: str, at: datetime | None = None, lock: str | None = None, **arguments: Any) -> None:
    """Run the task `task_name` with `arguments` after this transaction has committed, and not before `at`.

    `lock` makes jobs of the same lock run one after the other.
    """
    app.configure_task(task_name, schedule_at=at, lock=lock, allow_unknown=False).defer(**arguments)


def announce(topic: str, **facts: Any) -> None:
    """Tell the domains above that `topic` happened; what follows is listed in `estrade/site/reactions.py`."""
    reactions = importlib.import_module("estrade.site.reactions").REACTIONS
    assert topic in reactions, f"{topic} is not listed in site/reactions.py"
    for task_name in reactions[topic]:
        defer(task_name, **facts)
