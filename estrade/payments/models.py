"""Payments, refunds, and what processors told us."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from estrade.base.ids import new_id
from estrade.base.money import Money


class Payment(models.Model):
    """One attempt to collect money for an order. The row exists before the processor is called."""

    class State(models.TextChoices):
        """Intended: not yet known to the processor. Open: the buyer may pay. Failed and expired: they no longer may."""

        INTENDED = "intended"
        OPEN = "open"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        EXPIRED = "expired"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey("tickets.Order", on_delete=models.PROTECT, related_name="+")
    processor = models.CharField(max_length=16)
    processor_account = models.CharField(max_length=80, blank=True)  # empty: the instance's own
    processor_session = models.CharField(max_length=120, blank=True)  # Stripe: cs_...
    processor_payment = models.CharField(max_length=120, blank=True)  # Stripe: pi_...
    pay_url = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.INTENDED)
    amount_minor = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    processing_fee_minor = models.PositiveBigIntegerField(null=True)  # known once read from the processor
    intended_at = models.DateTimeField()
    succeeded_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)  # of a transfer that had not arrived when its places were soon to be given back

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_payment_per_session", fields=["processor", "processor_session"], condition=~Q(processor_session="")
            ),
        ]
        indexes = [
            models.Index(name="payment_order", fields=["order"]),
            models.Index(name="payment_unsettled", fields=["intended_at"], condition=Q(state__in=["intended", "open"])),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.state}"

    @property
    def amount(self) -> Money:
        """What the buyer is asked for."""
        return Money(self.amount_minor, self.currency)


class Refund(models.Model):
    """Money we give back, out of one payment."""

    class Reason(models.TextChoices):
        """Why: the buyer asked, the event was cancelled, the host decided, nothing was left to give, paid twice."""

        BUYER = "buyer"
        EVENT_CANCELLED = "event_cancelled"
        HOST = "host"
        TOO_LATE = "too_late"
        PAID_TWICE = "paid_twice"

    class State(models.TextChoices):
        """Requested: a task will ask the processor. Succeeded: it may still come back, for weeks. Failed: it never will succeed."""

        REQUESTED = "requested"
        SUCCEEDED = "succeeded"
        FAILED = "failed"

    class Resolution(models.TextChoices):
        """What a person did about a failed one: nothing yet, another refund in its place, or the money given by other means."""

        NONE = ""
        TRIED_AGAIN = "tried_again"
        ELSEWHERE = "elsewhere"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey("tickets.Order", on_delete=models.PROTECT, related_name="+")
    amount_minor = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=16, choices=Reason.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.REQUESTED)
    processor_refund = models.CharField(max_length=120, blank=True)
    requested_at = models.DateTimeField()
    succeeded_at = models.DateTimeField(null=True)  # stays when the buyer's bank sends the money back later
    looked_at = models.DateTimeField(null=True)  # when the processor was last asked about one that had succeeded
    failed_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=60, blank=True, default="", db_default="")  # the processor's word for why
    resolution = models.CharField(max_length=12, choices=Resolution.choices, blank=True, default="", db_default="")
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.UUIDField(null=True)  # the user or the program that did
    reference = models.CharField(max_length=120, blank=True, default="", db_default="")  # of money given by other means

    class Meta:
        constraints = [models.CheckConstraint(name="refund_gives_something", condition=Q(amount_minor__gt=0))]
        indexes = [
            models.Index(name="refund_order", fields=["order"]),
            models.Index(name="refund_payment", fields=["payment"]),
            models.Index(name="refund_may_come_back", fields=["looked_at"], condition=Q(state="succeeded")),
            models.Index(name="refund_to_mend", fields=["order"], condition=Q(state="failed", resolution="")),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.state}"

    @property
    def amount(self) -> Money:
        """What the buyer gets back."""
        return Money(self.amount_minor, self.currency)

    @property
    def needs_somebody(self) -> bool:
        """Whether a person has to do something about it."""
        return self.state == self.State.FAILED and not self.resolution

    @property
    def is_by_hand(self) -> bool:
        """Whether nothing went wrong: the organisation has the money, and nobody but it can send it back."""
        return self.failure == "by_hand"


class Callback(models.Model):
    """What a processor sent us: verified, stored as it came, once. What it says is read back before it counts."""

    id = models.BigAutoField(primary_key=True)
    processor = models.CharField(max_length=16)
    processor_event = models.CharField(max_length=120)
    kind = models.CharField(max_length=80)
    body = models.TextField()
    received_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="callback_once", fields=["processor", "processor_event"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.processor_event}"


class BankAccount(models.Model):
    """Where an organisation receives transfers, from `effective_at` on. A change is another row: what held before stays known."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("users.Organisation", on_delete=models.PROTECT, related_name="+")
    holder = models.CharField(max_length=70)
    iban = models.CharField(max_length=34, blank=True)  # empty: from then on nobody may pay by transfer
    bic = models.CharField(max_length=11, blank=True)
    days = models.PositiveSmallIntegerField()  # that places are kept for a transfer
    set_at = models.DateTimeField()
    set_by = models.UUIDField()
    effective_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)  # somebody stopped the change before it held

    class Meta:
        indexes = [models.Index(name="bank_account_organisation", fields=["organisation", "-effective_at"])]

    def __str__(self) -> str:
        return f"{self.iban} from {self.effective_at:%Y-%m-%d}"


class BankStatement(models.Model):
    """A file from an organisation's bank that somebody read in."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("users.Organisation", on_delete=models.PROTECT, related_name="+")
    filename = models.CharField(max_length=120)
    imported_at = models.DateTimeField()
    imported_by = models.UUIDField()

    class Meta:
        indexes = [models.Index(name="bank_statement_organisation", fields=["organisation", "-imported_at"])]

    def __str__(self) -> str:
        return self.filename


class BankLine(models.Model):
    """A transfer that an organisation's bank says has arrived, kept once however many files have it."""

    class State(models.TextChoices):
        """Open: nobody knows yet what it is for. Received: it paid for an order. Set aside: it is for something else."""

        OPEN = "open"
        RECEIVED = "received"
        SET_ASIDE = "set_aside"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("users.Organisation", on_delete=models.PROTECT, related_name="+")
    statement = models.ForeignKey(BankStatement, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=40)
    booked_on = models.DateField()
    amount_minor = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    name = models.CharField(max_length=120, blank=True)
    iban = models.CharField(max_length=34, blank=True)
    text = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    payment = models.OneToOneField(Payment, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.UUIDField(null=True)  # nobody: reference and amount agreed

    class Meta:
        constraints = [
            models.UniqueConstraint(name="bank_line_once", fields=["organisation", "key"]),
            models.CheckConstraint(
                name="bank_line_received_for_something",
                condition=Q(state="received", payment__isnull=False) | (~Q(state="received") & Q(payment__isnull=True)),
            ),
        ]
        indexes = [models.Index(name="bank_line_open", fields=["organisation", "-booked_on"], condition=Q(state="open"))]

    def __str__(self) -> str:
        return f"{self.amount} from {self.name}"

    @property
    def amount(self) -> Money:
        """What arrived."""
        return Money(self.amount_minor, self.currency)
