"""Accounts, and the entries between them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from estrade.base.ids import new_id


class Account(models.Model):
    """A place where money is, of one kind, owner, event, processor account and currency."""

    class Kind(models.TextChoices):
        """The first three grow by debits (we have it, or are owed it); the rest by credits (we owe it, or earned it)."""

        CLEARING = "clearing"  # at the processor
        COST = "cost"  # what the processor kept
        CLAIM = "claim"  # what an organisation owes the instance
        BUYERS = "buyers"  # paid by buyers and not yet owed to anybody else, or owed back to them
        ORGANISATION = "organisation"
        CHARITY = "charity"
        FEE = "fee"  # what the instance keeps

    DEBIT_KINDS = (Kind.CLEARING, Kind.COST, Kind.CLAIM)

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    owner = models.UUIDField(null=True)  # an organisation's or a charity's id
    event = models.UUIDField(null=True)
    processor_account = models.CharField(max_length=80, blank=True)
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_account_of_each",
                fields=["kind", "owner", "event", "processor_account", "currency"],
                nulls_distinct=False,
            ),
        ]
        indexes = [models.Index(name="account_event", fields=["event"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.owner or ''} {self.currency}"


class Entry(models.Model):
    """An amount that debits one account and credits another. Written once, never changed.

    A correction is another entry. `cause` is the row that it explains; `number` counts the entries of one cause.
    """

    id = models.BigAutoField(primary_key=True)
    cause = models.UUIDField()  # a payment, an order, a refund
    cause_kind = models.CharField(max_length=24)
    number = models.PositiveSmallIntegerField()
    debit = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    credit = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="entry_once_per_cause", fields=["cause", "cause_kind", "number"]),
            models.CheckConstraint(name="entry_moves_something", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(name="entry_between_two_accounts", condition=~Q(debit=F("credit"))),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency} for {self.cause_kind} {self.cause}"
