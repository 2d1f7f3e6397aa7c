"""Charities on the operator's list."""

from __future__ import annotations

from django.db import models

from estrade.base.ids import new_id


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

    def __str__(self) -> str:
        return self.name
