"""Posters and the names of categories, for templates: `{% load posters %}`."""

from __future__ import annotations

import textwrap
from typing import Any

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from estrade.base.templatetags.estrade_ui import capital, time_text
from estrade.events import posters
from estrade.events.models import SPOKEN

register = template.Library()

WHO_MAX = 24

CATEGORY_NAMES = {
    "music": gettext_lazy("Music"),
    "comedy": gettext_lazy("Comedy"),
    "wellness": gettext_lazy("Wellness"),
    "lesson": gettext_lazy("Lessons"),
    "talk": gettext_lazy("Talks and readings"),
    "cooking": gettext_lazy("Cooking"),
    "science": gettext_lazy("Science"),
    "giving": gettext_lazy("Giving"),
    "craft": gettext_lazy("Craft"),
    "family": gettext_lazy("Family"),
}


def _known(category: str) -> str:
    return category if category in posters.INKS else "talk"


def day_of(occurrence: Any) -> str:
    """The day of a date as posters say it; nothing without one."""
    return capital(time_text(occurrence.starts_at, occurrence.time_zone, "day")) if occurrence else ""


def _short(name: str) -> str:
    """As much of `name` as stands beside the date on the floor of a sheet, cut between words."""
    return name if len(name) <= WHO_MAX else textwrap.shorten(name, WHO_MAX, placeholder="…")


@register.simple_tag
def poster(event: Any, occurrence: Any = None) -> SafeString:
    """The generated poster of `event`, four by five; its date is that of `occurrence`."""
    sheet = posters.poster(
        event.title, category=_known(event.category), when=day_of(occurrence), who=_short(str(event.organisation.name))
    )
    return SafeString(sheet)  # every text in it is escaped by posters


@register.simple_tag
def poster_banner(event: Any, occurrence: Any = None) -> SafeString:
    """The same, lying down, for the first event of the directory."""
    sheet = posters.banner(event.title, category=_known(event.category), when=day_of(occurrence), who=str(event.organisation.name))
    return SafeString(sheet)


@register.simple_tag
def scene(event: Any, width: int = 480, height: int = 460, on_tone: bool = True) -> SafeString:
    """The drawing of the poster alone."""
    return SafeString(posters.scene(event.title, category=_known(event.category), width=width, height=height, on_tone=on_tone))


@register.simple_tag
def mail_inks(category: str) -> posters.Inks:
    """The colours of a category, for mails, which have no stylesheet."""
    return posters.INKS[_known(category)]


@register.filter
def inks(event: Any) -> str:
    """The class that gives a band the inks of its event: `<div class="affiche {{ event|inks }}">`."""
    return f"inks-{_known(event.category)}"


@register.filter
def category_name(category: str) -> str:
    """A category as people call it."""
    return str(CATEGORY_NAMES.get(category, category))


@register.filter
def language_name(code: str) -> str:
    """A language by its own name, as it begins a line."""
    return capital(SPOKEN.get(code, code))


@register.filter
def kind_name(kind: str) -> str:
    """What it is to be there."""
    return gettext("Class: everyone may speak") if kind == "class" else gettext("On stage")
