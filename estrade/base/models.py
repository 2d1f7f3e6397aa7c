"""Rows that belong to no domain: answers kept for idempotency keys, and counters of attempts."""

from __future__ import annotations

from django.db import models


class IdempotencyKey(models.Model):
    """The answer given to a write, so that the same key gives the same answer.

    The row is inserted by the transaction that does the work: no work without its row, no row without its work.
    """

    scope = models.CharField(max_length=200)
    key = models.CharField(max_length=200)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    response = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="idempotency_key_once_per_scope", fields=["scope", "key"])]

    def __str__(self) -> str:
        return f"{self.scope} {self.key}"


class Attempts(models.Model):
    """How often `subject` did `what` in the window that began at `began_at`."""

    what = models.CharField(max_length=40)
    subject = models.CharField(max_length=200)
    began_at = models.DateTimeField()
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(name="attempts_counted_once", fields=["what", "subject"])]
        indexes = [models.Index(name="attempts_began", fields=["began_at"])]

    def __str__(self) -> str:
        return f"{self.what} by {self.subject}: {self.count}"
