"""What templates need to show Estrade: built files, icons, money, times, measures, posters."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_date as babel_date
from babel.dates import format_datetime as babel_datetime
from babel.dates import get_timezone_location
from babel.numbers import format_decimal, format_percent
from django import template
from django.conf import settings
from django.forms import BoundField, Textarea
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from estrade.base.money import EXPONENTS, Money

register = template.Library()

STATIC = Path(__file__).resolve().parents[2] / "static"
MINUS = "\N{MINUS SIGN}"


def _language() -> str:
    return get_language() or "en"


def _locale() -> str:
    """Babel's name of the active language; English is British."""
    return "en_GB" if _language().startswith("en") else _language().replace("-", "_")


@lru_cache(maxsize=4)
def _read(path: Path, version: int) -> dict[str, str]:
    """The JSON object in `path`; `version` makes a rebuilt file be read again."""
    assert version >= 0
    return dict(json.loads(path.read_text(encoding="utf-8")))


def _built(name: str) -> dict[str, str]:
    """A list written by the build of `web/pages`; empty before the first build."""
    # A page asks for dozens of icons: whether the build is still the same is looked at once a second.
    return _looked_up(name, int(time.monotonic()))


@lru_cache(maxsize=4)
def _looked_up(name: str, _second: int) -> dict[str, str]:
    path = STATIC / name
    return _read(path, path.stat().st_mtime_ns) if path.exists() else {}


@register.simple_tag
def asset(name: str) -> str:
    """The address of a built file, with the hash of its content: `{% asset "estrade.css" %}`."""
    return f"{settings.STATIC_URL}{_built('assets.json').get(name, name)}"


@register.simple_tag
def icon(name: str, classes: str = "", label: str = "") -> SafeString:
    """A lucide icon. Hidden from screen readers, because a word stands beside it, unless it has a `label` of its own."""
    body = mark_safe(_built("icons.json").get(name, ""))  # noqa: S308 - written by our own build
    if label:
        return format_html('<svg class="i {}" viewBox="0 0 24 24" role="img" aria-label="{}">{}</svg>', classes, label, body)
    return format_html('<svg class="i {}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{}</svg>', classes, body)


@register.simple_tag
def colon() -> str:
    """The mark between a name and its value, as the active language sets it: French puts a space before."""
    return "\N{NO-BREAK SPACE}:" if _language() == "fr" else ":"


@register.filter
def money_text(amount: Money | None) -> str:
    """An amount as plain text in the active language, the minus sign a true one. Nothing for no amount."""
    return "" if amount is None else amount.format(_language()).replace("-", MINUS)


@register.filter
def money(amount: Money | None) -> SafeString:
    """An amount in the active language, in figures that stand under each other and never wrap."""
    return SafeString("") if amount is None else format_html('<span class="money">{}</span>', money_text(amount))


@register.filter
def figures(amount: Money | None) -> str:
    """An amount without its currency, for columns that name it in their head: 1 065,00 in French."""
    if amount is None:
        return ""
    text = format_decimal(amount.decimal, format="#,##0." + "0" * EXPONENTS[amount.currency], locale=_locale())
    return text.replace("-", MINUS)


@register.filter
def negative(amount: Money) -> Money:
    """The same amount, taken away; nothing stays nothing."""
    return -amount if amount else amount


@register.filter
def minus(amount: Money, other: Money) -> Money:
    """What is left of `amount` without `other`."""
    return amount - other


@register.filter
def money_input(amount: Money | None) -> str:
    """An amount as it stands in a field that asks for one: 10,00 in French, 10.00 in English."""
    if amount is None:
        return ""
    return str(amount.decimal).replace(".", "," if _language().startswith("fr") else ".")


@register.filter
def currency_symbol(currency: str) -> str:
    """€ for EUR."""
    return {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}.get(currency, currency)


# What a moment is called: a weekday and year for promises, less where the reader already knows.
_STYLES = {
    "long": {"en": "EEEE d MMMM y, HH:mm", "fr": "EEEE d MMMM y, HH:mm"},
    "short": {"en": "EEE d MMM, HH:mm", "fr": "EEE d MMM, HH:mm"},
    "date": {"en": "EEEE d MMMM y", "fr": "EEEE d MMMM y"},
    "day": {"en": "EEE d MMM", "fr": "EEE d MMM"},
    "time": {"en": "HH:mm", "fr": "HH:mm"},
    "stamp": {"en": "d MMM y, HH:mm", "fr": "d MMM y, HH:mm"},
}


def capital(text: str) -> str:
    """`text` with a capital first letter; the rest as it is."""
    return text[:1].upper() + text[1:]


def time_text(moment: datetime, zone: str, style: str = "long") -> str:
    """`moment` as people in `zone` read it, in the active language and one of the styles long, short, date, day, time, stamp."""
    patterns = _STYLES[style]
    pattern = patterns.get(_language()[:2], patterns["en"])
    return babel_datetime(moment, pattern, tzinfo=ZoneInfo(zone), locale=_locale())


@register.filter
def time_in(moment: datetime | None, zone: str) -> str:
    """A moment in a zone as plain text, for titles and mail: Sunday 29 November 2026, 20:30."""
    return "" if moment is None else capital(time_text(moment, zone))


@register.filter
def time_within(moment: datetime | None, zone: str) -> str:
    """The same inside a sentence: dimanche 29 novembre 2026, 20:30."""
    return "" if moment is None else time_text(moment, zone)


@register.filter
def place_of(zone: str) -> str:
    """The place that people know a time zone by: Luxembourg, Lisbon."""
    return get_timezone_location(ZoneInfo(zone), locale=_locale(), return_city=True)


@register.simple_tag
def local_time(moment: datetime | None, zone: str, style: str = "long", until: datetime | None = None) -> SafeString:
    """A moment in `zone`; the page's script shows it in the visitor's own zone where that differs.

    With `until`, the end of it too: Sunday 29 November 2026, 20:30 to 22:00.
    """
    if moment is None:
        return SafeString("")
    text = capital(time_text(moment, zone, style)) if style in {"long", "date"} else time_text(moment, zone, style)
    first = format_html('<time datetime="{}" data-local-time="{}" data-zone="{}">{}</time>', moment.isoformat(), style, zone, text)
    if until is None:
        return first
    last = format_html(
        '<time datetime="{}" data-local-time="time" data-zone="{}">{}</time>',
        until.isoformat(),
        zone,
        time_text(until, zone, "time"),
    )
    return format_html("{} {} {}", first, gettext("to"), last)


@register.simple_tag
def local_time_text(moment: datetime, zone: str, style: str = "long") -> str:
    """A moment in `zone` as plain text, for titles."""
    return time_text(moment, zone, style)


@register.simple_tag
def countdown(moment: datetime, zone: str, done: str = "") -> SafeString:
    """The time left until `moment`, counted down by the page's script, then `done`; without script, the moment itself."""
    return format_html(
        '<time class="num" datetime="{}" data-countdown data-done="{}">{}</time>',
        moment.isoformat(),
        done,
        time_text(moment, zone, "time"),
    )


@register.filter
def clock_in(moment: datetime, zone: str) -> str:
    """The time of day in a zone: 20:30."""
    return time_text(moment, zone, "time")


@register.filter
def month_day(moment: datetime, zone: str) -> str:
    """1 December, for headings."""
    return babel_date(moment.astimezone(ZoneInfo(zone)).date(), "d MMMM", locale=_locale())


@register.filter
def weekday(moment: datetime, zone: str) -> str:
    """Sunday."""
    return babel_datetime(moment, "EEEE", tzinfo=ZoneInfo(zone), locale=_locale())


@register.filter
def minutes(length: timedelta) -> int:
    """Whole minutes of a length of time."""
    return int(length.total_seconds() // 60)


@register.simple_tag
def measure(part: int, whole: int, kind: str = "") -> SafeString:
    """A bar standing on a line, `part` of `whole` dark. Say the same in words beside it: the bar itself is decoration.

    `kind` is empty for places, "give" for a goal.
    """
    share = 0 if whole <= 0 else max(0, min(1000, part * 1000 // whole))
    return format_html(
        '<svg class="measure{}" aria-hidden="true" focusable="false"><rect width="{}.{}%" height="100%"/></svg>',
        f" measure-{kind}" if kind else "", share // 10, share % 10,
    )  # fmt: skip


@register.simple_tag
def measure_left(left: int, whole: int) -> SafeString:
    """A measure of the places that are taken when `left` are not."""
    return measure(whole - left, whole)


@register.filter
def percent(basis_points: int) -> str:
    """Basis points as people write them: 12.5% for 1250, 12,5 % in French."""
    return format_percent(
        Decimal(basis_points) / 10_000,
        format="#,##0.##\N{NO-BREAK SPACE}%" if _language()[:2] == "fr" else "#,##0.##%",
        locale=_locale(),
    )


@register.filter
def first_name(name: str) -> str:
    """How to greet somebody: the first word of their name."""
    return (name.split() or [""])[0]


@register.filter
def dict_get(mapping: dict[str, object] | None, key: object) -> object:
    """The member of `mapping` called `key`, or nothing."""
    return (mapping or {}).get(str(key), "")


@register.filter
def concat(first: object, second: object) -> str:
    """Both as one text, for names of fields."""
    return f"{first}{second}"


_WIDGET_CLASSES = {"checkbox": "checkbox mt-0.5", "radio": "radio", "select": "select", "textarea": "textarea"}


@register.inclusion_tag("components/form_field.html")
def form_field(field: BoundField, hint: str = "") -> dict[str, object]:
    """A field of a Django form with label, hint and error, as `components/field.html` draws them: `{% form_field form.email %}`."""
    kind = getattr(field.field.widget, "input_type", "textarea" if isinstance(field.field.widget, Textarea) else "text")
    described = [
        f"{field.id_for_label}-{part}" for part, said in (("error", field.errors), ("hint", hint or field.help_text)) if said
    ]
    attributes: dict[str, str | bool] = {"class": _WIDGET_CLASSES.get(kind, "input")}
    if described:
        attributes["aria-describedby"] = " ".join(described)
    if field.errors:
        attributes["aria-invalid"] = "true"
    return {"field": field, "kind": kind, "hint": hint or field.help_text, "widget": field.as_widget(attrs=attributes)}
