"""Mail leaves by a lane of its own: a mail server that hangs keeps no refund waiting, and in a rush mail goes last.

A ticket's mail costs the machine more than the sale itself. Sent at once, the mails of a rush would take a quarter of the
machine from those who are still buying; sent a minute later, nobody misses them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.template.loader import render_to_string

from estrade.base.jobs import Patience, task

LANE = "mail"  # the queue of jobs that send mail
PAUSE_SECONDS_MAX = 0.5  # that a mail waits for the machine to rest
LOOK_SECONDS = 0.05
RUSH = 0.5  # of the time, somebody who could have worked waited for a core

# Linux counts the time in which some process waited for a core: https://docs.kernel.org/accounting/psi.html
PRESSURE = Path("/proc/pressure/cpu")


def mail_task(name: str, **options: Any) -> Callable[[Callable[..., None]], Any]:
    """A task that sends mail: as `task`, in the lane for it, tried again for hours."""
    return task(name=name, queue=LANE, retry=Patience(attempts=8), **options)


def compose(name: str, to: str, context: dict[str, Any]) -> EmailMultiAlternatives:
    """The mail `name` (of the templates mail/NAME.subject.txt, .txt and .html) for one reader, in the active language."""
    context = {"site_url": settings.SITE_URL, "operator_name": settings.OPERATOR["name"]} | context
    subject = " ".join(render_to_string(f"mail/{name}.subject.txt", context).split())
    message = EmailMultiAlternatives(subject, render_to_string(f"mail/{name}.txt", context), to=[to])
    message.attach_alternative(render_to_string(f"mail/{name}.html", context), "text/html")
    return message


def send(message: EmailMessage, *, is_awaited: bool = False) -> None:
    """Hand `message` to the mail server. In a rush it waits a moment first, unless somebody is looking for it (a sign-in code)."""
    if not is_awaited:
        _give_way()
    message.send()


def _give_way() -> None:
    """Wait until the machine rests, but not for long: in the longest rush, mail still goes out."""
    until = time.monotonic() + PAUSE_SECONDS_MAX
    while _is_rush() and time.monotonic() < until:
        pass


def _is_rush() -> bool:
    """Whether the machine is busy, by LOOK_SECONDS of looking; never where the kernel does not say."""
    before, began_at = _waited_seconds(), time.monotonic()
    time.sleep(LOOK_SECONDS if before else 0)
    return _waited_seconds() - before > RUSH * (time.monotonic() - began_at)


def _waited_seconds() -> float:
    """Seconds since the machine began in which some process waited for a core; 0 where the kernel does not say."""
    try:
        return int(PRESSURE.read_text().split("total=")[1].split()[0]) / 1_000_000
    except OSError:
        return 0
