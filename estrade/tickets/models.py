"""The price list, quotas, orders and tickets."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from estrade.base.ids import new_id
from estrade.base.money import Money
from estrade.events.models import RefundPolicy
from estrade.users.models import Plan


class FeePeriod(models.Model):
    """What the instance keeps from `starts_at` until the next period of the same kind, plan and currency begins.

    `tickets/fees.py` says which period holds for a sale.
    """

    class Kind(models.TextChoices):
        """Of what: of each place sold, or of each donation. Without a period of its own, a donation pays nothing."""

        PLACE = "place"
        DONATION = "donation"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    starts_at = models.DateTimeField()
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.PLACE, db_default="place")
    plan = models.CharField(max_length=10, choices=Plan.choices, blank=True, default="", db_default="")  # empty: of every plan
    currency = models.CharField(max_length=3, blank=True, default="", db_default="")  # empty: in every currency
    basis_points = models.PositiveSmallIntegerField()  # of the price
    fixed_minor = models.PositiveIntegerField(default=0, db_default=0)  # besides, of each
    announced_at = models.DateTimeField(null=True)  # when hosts were told

    class Meta:
        constraints = [
            models.CheckConstraint(name="fee_at_most_a_fifth", condition=Q(basis_points__lte=2_000)),
            models.CheckConstraint(name="fixed_fee_has_its_currency", condition=Q(fixed_minor=0) | ~Q(currency="")),
            models.UniqueConstraint(name="one_fee_at_a_time", fields=["starts_at", "kind", "plan", "currency"]),
        ]

    def __str__(self) -> str:
        return f"{self.basis_points} bp + {self.fixed_minor} of each {self.kind} from {self.starts_at:%Y-%m-%d}"


class TicketType(models.Model):
    """A line of the price list. Free, fixed and pay-what-you-want lines give tickets; a donation gives none."""

    class PriceKind(models.TextChoices):
        """How the price of one is found: nothing, `price_minor`, or what the buyer says from `minimum_minor` up."""

        FREE = "free"
        FIXED = "fixed"
        PAY_WHAT_YOU_WANT = "pay_what_you_want"
        DONATION = "donation"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    event = models.ForeignKey("events.Event", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=280, blank=True)
    price_kind = models.CharField(max_length=20, choices=PriceKind.choices)
    price_minor = models.PositiveIntegerField(default=0)  # fixed
    minimum_minor = models.PositiveIntegerField(default=0)  # pay what you want, donation
    suggested_minor = models.PositiveIntegerField(default=0)
    quota_size = models.PositiveIntegerField(null=True)  # per occurrence; None: only the capacity limits it
    sale_starts_at = models.DateTimeField(null=True)
    sale_ends_at = models.DateTimeField(null=True)  # None: until the occurrence ends
    per_order_max = models.PositiveSmallIntegerField(default=6)
    share_basis_points = models.PositiveSmallIntegerField(default=0)
    charity = models.ForeignKey("charities.Charity", null=True, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)
    retired_at = models.DateTimeField(null=True)  # no longer sold; what was sold stands

    class Meta:
        constraints = [
            models.CheckConstraint(name="share_within_the_price", condition=Q(share_basis_points__lte=10_000)),
            models.CheckConstraint(name="share_has_its_charity", condition=Q(share_basis_points=0) | Q(charity__isnull=False)),
            models.CheckConstraint(name="fixed_price_is_a_price", condition=~Q(price_kind="fixed") | Q(price_minor__gt=0)),
        ]
        indexes = [models.Index(name="ticket_type_event", fields=["event", "position"])]

    def __str__(self) -> str:
        return self.name

    @property
    def gives_ticket(self) -> bool:
        """Whether buying one takes a place and gives a ticket."""
        return self.price_kind != self.PriceKind.DONATION


class Quota(models.Model):
    """How many places of an occurrence are taken: in all (`ticket_type` empty, size is the capacity) or of one ticket type.

    `taken` counts living reservations and tickets alike. The database refuses `taken` above `size`:
    overselling is impossible, not unlikely.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    occurrence = models.ForeignKey("events.Occurrence", on_delete=models.CASCADE, related_name="+")
    ticket_type = models.ForeignKey(TicketType, null=True, on_delete=models.CASCADE, related_name="+")
    size = models.PositiveIntegerField()
    taken = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(name="quota_never_oversold", condition=Q(taken__lte=F("size"))),
            models.UniqueConstraint(name="one_quota_each", fields=["occurrence", "ticket_type"], nulls_distinct=False),
        ]

    def __str__(self) -> str:
        return f"{self.taken} of {self.size}"


class Order(models.Model):
    """What a buyer agreed to pay for. Its states and how it moves between them are in `tickets/life.py`."""

    class State(models.TextChoices):
        """See `tickets/life.py`."""

        RESERVED = "reserved"
        AWAITING_PAYMENT = "awaiting_payment"
        PAID = "paid"
        LAPSED = "lapsed"
        CANCELLED = "cancelled"

    class Method(models.TextChoices):
        """How it is paid. Bank: by transfer to the organisation. Door, external: it took the money itself, there or elsewhere."""

        PROCESSOR = "processor"
        FREE = "free"
        BANK = "bank"
        DOOR = "door"
        EXTERNAL = "external"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=9, unique=True)  # what people read to each other: K7QX-3MHD
    event = models.ForeignKey("events.Event", on_delete=models.PROTECT, related_name="+")
    occurrence = models.ForeignKey("events.Occurrence", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=18, choices=State.choices)
    method = models.CharField(max_length=10, choices=Method.choices)
    currency = models.CharField(max_length=3)
    total_minor = models.PositiveBigIntegerField()
    # The event's when the order was made; what the host changes later holds for later orders.
    refund_policy = models.CharField(max_length=8, choices=RefundPolicy.choices, default=RefundPolicy.HOST, db_default="host")
    buyer_name = models.CharField(max_length=120, blank=True)
    buyer_email = models.EmailField(max_length=254, blank=True)
    language = models.CharField(max_length=8, default="en")
    reserved_at = models.DateTimeField()
    expires_at = models.DateTimeField()  # when places are given back, unless paid before
    paid_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)  # the order link's secret follows from it

    class Meta:
        indexes = [
            models.Index(name="order_event", fields=["event", "-reserved_at"]),
            models.Index(name="order_email", fields=["buyer_email"]),
            models.Index(name="order_unpaid", fields=["expires_at"], condition=Q(state__in=["reserved", "awaiting_payment"])),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def total(self) -> Money:
        """What the buyer pays, all in."""
        return Money(self.total_minor, self.currency)

    @property
    def is_held(self) -> bool:
        """Whether its money comes to the instance's account, which then owes everybody their part of it."""
        return self.method in {self.Method.PROCESSOR, self.Method.FREE}

    @property
    def is_paid_elsewhere(self) -> bool:
        """Whether the organisation took the money without us: at the door, or elsewhere."""
        return self.method in {self.Method.DOOR, self.Method.EXTERNAL}

    @property
    def is_paid_here(self) -> bool:
        """Whether its buyer paid by a way that we offered, and is promised by us what goes back."""
        return self.method in {self.Method.PROCESSOR, self.Method.BANK}


class OrderLine(models.Model):
    """`quantity` of one ticket type at one price, or the buyer's tip to the instance (no ticket type; all of it is fee).

    Amounts are per unit, fixed when the order was made: unit_minor = fee_minor + share_minor + what the organisation receives.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="+")
    ticket_type = models.ForeignKey(TicketType, null=True, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    quantity = models.PositiveSmallIntegerField()
    unit_minor = models.PositiveBigIntegerField()
    fee_minor = models.PositiveBigIntegerField()
    share_minor = models.PositiveBigIntegerField()
    charity = models.ForeignKey("charities.Charity", null=True, on_delete=models.PROTECT, related_name="+")
    gives_ticket = models.BooleanField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="order_line_not_empty", condition=Q(quantity__gt=0)),
            models.CheckConstraint(
                name="order_line_parts_within_price", condition=Q(unit_minor__gte=F("fee_minor") + F("share_minor"))
            ),
            models.CheckConstraint(name="order_line_share_has_its_charity", condition=Q(share_minor=0) | Q(charity__isnull=False)),
            models.CheckConstraint(
                name="order_line_tip_is_all_fee",
                condition=Q(ticket_type__isnull=False) | Q(gives_ticket=False, unit_minor=F("fee_minor"), quantity=1),
            ),
        ]
        indexes = [models.Index(name="order_line_order", fields=["order"])]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.name}"


class Ticket(models.Model):
    """One attendee's right to one occurrence. The ticket link's secret follows from `id` and `version`."""

    class State(models.TextChoices):
        """Cancelled tickets admit nobody."""

        VALID = "valid"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="+")
    occurrence = models.ForeignKey("events.Occurrence", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.VALID)
    attendee_name = models.CharField(max_length=120)
    attendee_email = models.EmailField(max_length=254)
    version = models.PositiveIntegerField(default=1)
    checked_in_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    handed_over_at = models.DateTimeField(null=True)  # by the buyer, or by whom they handed it to; its attendee alone has its link

    class Meta:
        indexes = [
            models.Index(name="ticket_order", fields=["order"]),
            models.Index(name="ticket_handed_to", fields=["attendee_email"], condition=Q(handed_over_at__isnull=False)),
            models.Index(name="ticket_occurrence", fields=["occurrence", "state"]),
        ]

    def __str__(self) -> str:
        return f"{self.attendee_name}, {self.state}"


class PartRefund(models.Model):
    """A part of a sold ticket's price that goes back while the ticket stands, and out of whose part of the price it comes."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="+")
    amount_minor = models.PositiveBigIntegerField()
    fee_minor = models.PositiveBigIntegerField()
    share_minor = models.PositiveBigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="part_refund_gives_something", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(
                name="part_refund_parts_within_amount", condition=Q(amount_minor__gte=F("fee_minor") + F("share_minor"))
            ),
        ]
        indexes = [models.Index(name="part_refund_ticket", fields=["ticket"])]

    def __str__(self) -> str:
        return f"{self.amount_minor} of {self.ticket_id}"
