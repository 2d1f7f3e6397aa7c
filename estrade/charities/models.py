"""Charities on the operator's list, and what public registers say."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from estrade.base.ids import new_id


class Register(models.TextChoices):
    """The public registers that can be read in; their entries are of one country each, but for the plain file."""

    US_IRS = "us_irs", "IRS Exempt Organizations Business Master File"
    UK_CCEW = "uk_ccew", "Charity Commission for England and Wales"
    FR_RNA = "fr_rna", "Répertoire national des associations"
    FR_RUP = "fr_rup", "Associations reconnues d’utilité publique"
    PLAIN = "plain", "A list in Estrade's own columns"


class RegisterImport(models.Model):
    """One reading of a register's file. Unfinished, it was stopped half-way: what it read stands, nothing counts as gone."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    register = models.CharField(max_length=12, choices=Register)
    files = models.CharField(max_length=500)
    is_whole = models.BooleanField()  # the files are the whole register: what is not in them is gone
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    read_count = models.PositiveIntegerField(db_default=0)
    unreadable_count = models.PositiveIntegerField(db_default=0)  # rows without number or name
    gone_count = models.PositiveIntegerField(db_default=0)


class RegisterEntry(models.Model):
    """What a public register says about one organisation, as of its last import."""

    class Status(models.TextChoices):
        """Only REGISTERED may be put on the operator's list and receive; GONE is no longer in the file at all."""

        REGISTERED = "registered", _("registered")
        DISSOLVED = "dissolved", _("dissolved")
        REMOVED = "removed", _("removed from the register")
        REVOKED = "revoked", _("its status was revoked")
        GONE = "gone", _("no longer in the register")

    class Recognition(models.TextChoices):
        """What the register says about gifts to it; a hint for the operator, never tax advice."""

        UNKNOWN = "", ""
        DEDUCTIBLE = "deductible", _("gifts are deductible")
        TREATY = "treaty", _("gifts are deductible by treaty")
        NOT_DEDUCTIBLE = "not_deductible", _("gifts are not deductible")
        GIFT_AID = "gift_aid", _("registered for Gift Aid")
        PUBLIC_UTILITY = "public_utility", _("recognised as of public utility")

    register = models.CharField(max_length=12, choices=Register)
    number = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    place = models.CharField(max_length=120)
    country = models.CharField(max_length=2)
    searched = models.CharField(max_length=330, db_collation="C")  # name and place, folded: see `folding.fold`
    status = models.CharField(max_length=12, choices=Status)
    status_since = models.DateField(null=True)  # None: the register does not say, and it was so when first seen
    recognition = models.CharField(max_length=16, blank=True, choices=Recognition)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    last_import = models.ForeignKey(RegisterImport, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        verbose_name_plural = "register entries"
        constraints = (models.UniqueConstraint(name="one_entry_per_number", fields=["register", "number"]),)
        indexes = (
            GinIndex(name="entry_search", fields=["searched"], opclasses=["gin_trgm_ops"]),
            models.Index(name="entry_by_name", fields=["searched", "id"]),
            models.Index(name="entry_by_country", fields=["country", "searched", "id"]),
        )

    def __str__(self) -> str:
        return self.name


class Charity(models.Model):
    """An organisation that may receive shares and donations, checked and listed by the operator."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60, unique=True)
    purpose = models.CharField(max_length=280)
    website = models.URLField(blank=True)
    registration = models.CharField(max_length=80)  # the number in the public register of its country
    country = models.CharField(max_length=2)
    verified_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)  # no new share may name it; what it is owed stands
    entry = models.ForeignKey(RegisterEntry, null=True, on_delete=models.PROTECT, related_name="+")  # which it follows, if any
    suspended_at = models.DateTimeField(null=True)  # its entry lost its status: nothing is promised or transferred to it
    suspended_because = models.CharField(max_length=12, db_default="", default="", blank=True, choices=RegisterEntry.Status)

    def __str__(self) -> str:
        return self.name


class CharityProposal(models.Model):
    """A host asks the operator to put an organisation of a register on the list."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("users.Organisation", on_delete=models.CASCADE, related_name="+")  # that asks
    entry = models.ForeignKey(RegisterEntry, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=280)
    website = models.URLField(blank=True)
    proposed_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    charity = models.ForeignKey(Charity, null=True, on_delete=models.PROTECT, related_name="+")  # None once decided: declined

    class Meta:
        constraints = (models.UniqueConstraint(name="proposed_once", fields=["organisation", "entry"]),)

    def __str__(self) -> str:
        return f"{self.entry_id}"
