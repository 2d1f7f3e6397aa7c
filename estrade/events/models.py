"""Events, their occurrences, who is invited and who is kept out."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import F, Q

from estrade.base.ids import new_id

CAPACITY_MAX = 1_000
CLASS_CAPACITY_MAX = 100  # until the instance has measured more
SHORT_TEXT_MAX = 140
SEARCHED = SearchVector("title", "short_text", "description", config="simple")
# What may be spoken at an event, in the language itself.
SPOKEN = {
    "en": "English", "fr": "français", "de": "Deutsch", "lb": "Lëtzebuergesch", "nl": "Nederlands", "pt": "português",
    "it": "italiano", "es": "español", "pl": "polski", "sv": "svenska", "da": "dansk", "nb": "norsk", "fi": "suomi",
    "cs": "čeština", "uk": "українська", "ru": "русский", "ar": "العربية", "tr": "Türkçe", "ja": "日本語", "zh": "中文",
}  # fmt: skip


class RefundPolicy(models.TextChoices):
    """Until when buyers give an order back by themselves for all of its money: never, as the host decides each time; or until
    the start, or so long before it. Each order keeps the one it was made under.
    """

    HOST = "host"
    START = "start"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    def deadline(self, starts_at: datetime) -> datetime | None:
        """The moment after which the buyer has to ask; None when they always have to."""
        days = {self.START: 0, self.DAY: 1, self.WEEK: 7, self.MONTH: 30}
        return starts_at - timedelta(days=days[self]) if self in days else None


class FeeBearer(models.TextChoices):
    """Who bears the instance's fee: the host out of the price, the buyer on top of it (all in, from the first page on), each a
    half, or nobody, and buyers leave what they like.
    """

    ABSORBED = "absorbed"
    ADDED = "added"
    SPLIT = "split"
    TIPPED = "tipped"


class Event(models.Model):
    """What is announced and sold."""

    class Status(models.TextChoices):
        """A draft is seen by its organisation alone; a cancelled event stays visible to who has its link."""

        DRAFT = "draft"
        PUBLISHED = "published"
        CANCELLED = "cancelled"

    class Kind(models.TextChoices):
        """In a class everyone may speak and be seen; on a stage only those promoted."""

        CLASS = "class"
        STAGE = "stage"

    class Visibility(models.TextChoices):
        """Public is in the directory, unlisted needs the link, private needs a place on the guest list."""

        PUBLIC = "public"
        UNLISTED = "unlisted"
        PRIVATE = "private"

    class Category(models.TextChoices):
        """What kind of evening it is; each has its poster."""

        MUSIC = "music"
        COMEDY = "comedy"
        WELLNESS = "wellness"
        LESSON = "lesson"
        TALK = "talk"
        COOKING = "cooking"
        SCIENCE = "science"
        GIVING = "giving"
        CRAFT = "craft"
        FAMILY = "family"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("users.Organisation", on_delete=models.PROTECT, related_name="+")
    slug = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=120)
    short_text = models.CharField(max_length=SHORT_TEXT_MAX, blank=True)
    description = models.TextField(max_length=20_000, blank=True)  # Markdown
    picture = models.CharField(max_length=120, blank=True)  # a path under media; empty means the generated poster
    picture_alt = models.CharField(max_length=200, blank=True)
    category = models.CharField(max_length=12, choices=Category.choices)
    tags = models.JSONField(default=list)
    language = models.CharField(max_length=8, default="en")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    capacity = models.PositiveIntegerField(default=100)
    visibility = models.CharField(max_length=8, choices=Visibility.choices, default=Visibility.PUBLIC)
    currency = models.CharField(max_length=3, default="EUR")
    refund_policy = models.CharField(max_length=8, choices=RefundPolicy.choices, default=RefundPolicy.HOST, db_default="host")
    fee_bearer = models.CharField(max_length=8, choices=FeeBearer.choices, default=FeeBearer.ABSORBED, db_default="absorbed")
    goal_minor = models.PositiveBigIntegerField(null=True)  # what its charities are to receive; shown with how far it is
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    first_sold_at = models.DateTimeField(null=True)  # from then on currency, kind, who bears the fee and sold prices stand
    version = models.PositiveIntegerField(default=1)  # counts changes; cached pages are keyed by it

    class Meta:
        constraints = [
            models.CheckConstraint(name="event_capacity_in_range", condition=Q(capacity__gte=1, capacity__lte=CAPACITY_MAX)),
            models.CheckConstraint(
                name="event_cancelled_has_its_time",
                condition=Q(status="cancelled", cancelled_at__isnull=False)
                | (~Q(status="cancelled") & Q(cancelled_at__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(name="event_organisation", fields=["organisation", "-created_at"]),
            GinIndex(SEARCHED, name="event_search"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def picture_url(self) -> str:
        """Where the host's picture is; nothing for the generated poster."""
        return settings.MEDIA_URL + self.picture if self.picture else ""


class Occurrence(models.Model):
    """One date of an event; each event has at least one."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    doors_minutes = models.PositiveSmallIntegerField(default=15)  # before the start
    time_zone = models.CharField(max_length=64)  # IANA name, for showing
    moved_at = models.DateTimeField(null=True)
    refundable_until = models.DateTimeField(null=True)  # the refund window that a moved date opens

    class Meta:
        constraints = [models.CheckConstraint(name="occurrence_ends_after_it_starts", condition=Q(ends_at__gt=F("starts_at")))]
        indexes = [
            models.Index(name="occurrence_event", fields=["event", "starts_at"]),
            models.Index(name="occurrence_starts", fields=["starts_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M}"

    @property
    def doors_at(self) -> datetime:
        """When the lobby opens."""
        return self.starts_at - timedelta(minutes=self.doors_minutes)

    @property
    def zone(self) -> ZoneInfo:
        """The zone that the host announced the time in."""
        return ZoneInfo(self.time_zone)


class Guest(models.Model):
    """An e-mail address on a private event's guest list."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="+")
    email = models.EmailField(max_length=254)

    class Meta:
        constraints = [models.UniqueConstraint(name="guest_once_per_event", fields=["event", "email"])]

    def __str__(self) -> str:
        return self.email


class Ban(models.Model):
    """An e-mail address that is kept out of an event, all its dates: who banned it and whom it puts out is the rooms' matter."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="+")
    email = models.EmailField(max_length=254)
    banned_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="ban_once_per_event", fields=["event", "email"])]

    def __str__(self) -> str:
        return self.email
