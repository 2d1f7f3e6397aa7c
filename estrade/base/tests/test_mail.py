"""Mail gives way in a rush, and its lane is run."""

import pytest
from django.core import mail as outgoing
from django.core.mail import EmailMessage
from procrastinate.contrib.django import app
from procrastinate.jobs import DEFAULT_QUEUE

from estrade.base import mail

MESSAGE = EmailMessage("Your ticket", "Here it is.", to=["bob@example.org"])


class Clock:
    """Time that passes by sleeping alone, on a machine in which somebody waits for a core `waiting` of it."""

    def __init__(self, waiting):
        self.now, self.waited, self.waiting = 100.0, 50.0, waiting

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds
        self.waited += seconds * self.waiting


@pytest.fixture
def machine(monkeypatch):
    def of(waiting):
        clock = Clock(waiting)
        monkeypatch.setattr(mail, "time", clock)
        monkeypatch.setattr(mail, "_waited_seconds", lambda: clock.waited)
        return clock

    return of


def test_a_mail_leaves_a_machine_at_rest_at_once(machine):
    clock = machine(waiting=0.1)

    mail.send(MESSAGE)

    assert clock.now - 100 == pytest.approx(mail.LOOK_SECONDS)
    assert len(outgoing.outbox) == 1


def test_in_the_longest_rush_a_mail_still_goes_out(machine):
    clock = machine(waiting=0.9)

    mail.send(MESSAGE)

    assert clock.now - 100 == pytest.approx(mail.PAUSE_SECONDS_MAX, abs=mail.LOOK_SECONDS)
    assert len(outgoing.outbox) == 1


def test_a_mail_that_somebody_is_looking_for_does_not_wait(machine):
    clock = machine(waiting=0.9)

    mail.send(MESSAGE, is_awaited=True)

    assert clock.now == 100


def test_where_the_kernel_does_not_count_nothing_waits(monkeypatch, tmp_path):
    monkeypatch.setattr(mail, "PRESSURE", tmp_path / "none")
    monkeypatch.setattr(mail.time, "sleep", lambda seconds: pytest.fail("waited") if seconds else None)

    mail.send(MESSAGE)

    assert len(outgoing.outbox) == 1


def test_what_the_kernel_counts_is_read(monkeypatch, tmp_path):
    counted = tmp_path / "cpu"
    counted.write_text("some avg10=0.00 avg60=0.00 avg300=5.16 total=6609857\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n")
    monkeypatch.setattr(mail, "PRESSURE", counted)

    assert mail._waited_seconds() == pytest.approx(6.609857)


def test_every_task_is_in_a_lane_that_is_run_and_mail_in_its_own():
    lanes = {name: task.queue for name, task in app.tasks.items() if not name.startswith(("procrastinate.", "builtin:"))}

    assert set(lanes.values()) == {DEFAULT_QUEUE, mail.LANE}
    assert {name for name, lane in lanes.items() if lane == mail.LANE} == {name for name in lanes if "mail" in name}
