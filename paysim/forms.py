"""Reading form-encoded, nested parameters the way Stripe does, refusals included."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from paysim.errors import ApiError

INTEGER = re.compile(r"-?[0-9]{1,18}")
PART = re.compile(r"\[([^\[\]]*)\]")
AUTHORITY = re.compile(r"[\w.:\[\]@%-]+")
METADATA_KEYS_MAX = 50
METADATA_KEY_MAX = 40
METADATA_VALUE_MAX = 500
DEPTH_MAX = 12


def decode(text: str) -> dict[str, Any]:
    """`a[b]=1&c[0]=2` as `{"a": {"b": "1"}, "c": {"0": "2"}}`; `c[]=2` takes the next number."""
    values: dict[str, Any] = {}
    for key, value in parse_qsl(text, keep_blank_values=True):
        head, bracket, rest = key.partition("[")
        _set(values, [head, *PART.findall(bracket + rest)], value)
    return values


def _set(values: dict[str, Any], path: list[str], value: str) -> None:
    if len(path) > DEPTH_MAX:
        raise ApiError("Invalid request: parameters are nested too deeply.")
    for part in path[:-1]:
        values = values.setdefault(part or str(len(values)), {})
        if not isinstance(values, dict):
            raise ApiError(f"Invalid {path[0]}: it is given both as a value and as an object.", param=path[0])
    values[path[-1] or str(len(values))] = value


def _rows(value: object, where: str) -> list[Any]:
    """A list, which a form writes as an object whose keys are numbers."""
    if not isinstance(value, dict) or not all(key.isascii() and key.isdecimal() for key in value):
        raise ApiError("Invalid array", param=where)
    return [value[key] for key in sorted(value, key=int)]


class Params:
    """Parameters of one request (or of one object in it), read one by one; what was never asked for is unknown."""

    def __init__(self, values: dict[str, Any], prefix: str = "") -> None:
        """Wrap decoded values; `prefix` is where they lie in the request."""
        self._values = values
        self._prefix = prefix
        self._known: set[str] = set()
        self._children: list[Params] = []

    def full_name(self, name: str) -> str:
        """The name as the caller wrote it, `line_items[0][quantity]`."""
        return f"{self._prefix}[{name}]" if self._prefix else name

    def has(self, name: str) -> bool:
        """Whether the parameter was given."""
        self._known.add(name)
        return name in self._values

    def text(self, name: str, *, length_max: int = 5_000) -> str | None:
        """A string, or None when it was not given."""
        if not self.has(name):
            return None
        value = self._values[name]
        if not isinstance(value, str):
            raise ApiError("Invalid string", param=self.full_name(name))
        if not value:
            raise self._empty(name)
        if len(value) > length_max:
            raise ApiError(
                f"Invalid string: {value[:10]}...{value[-10:]}; must be at most {length_max} characters",
                param=self.full_name(name),
                code="parameter_invalid_string",
            )
        return value

    def needed_text(self, name: str) -> str:
        """A string that must be given."""
        value = self.text(name)
        if value is None:
            raise self.missing(name)
        return value

    def integer(self, name: str, *, least: int | None = None) -> int | None:
        """A whole number, or None when it was not given."""
        value = self.text(name)
        if value is None:
            return None
        if not INTEGER.fullmatch(value):
            raise ApiError(f"Invalid integer: {value}", code="parameter_invalid_integer", param=self.full_name(name))
        if least is not None and int(value) < least:
            raise ApiError(
                f"This value must be greater than or equal to {least}.",
                code="parameter_invalid_integer",
                param=self.full_name(name),
            )
        return int(value)

    def needed_integer(self, name: str, *, least: int | None = None) -> int:
        """A whole number that must be given."""
        value = self.integer(name, least=least)
        if value is None:
            raise self.missing(name)
        return value

    def choice(self, name: str, allowed: tuple[str, ...]) -> str | None:
        """One of `allowed`, or None when it was not given."""
        value = self.text(name)
        if value is not None and value not in allowed:
            raise ApiError(f"Invalid {self.full_name(name)}: must be one of {_listed(allowed)}", param=self.full_name(name))
        return value

    def url(self, name: str) -> str | None:
        """An absolute http or https address, or None when it was not given."""
        value = self.text(name)
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not AUTHORITY.fullmatch(parts.netloc) or re.search(r"[\s\x00-\x1f]", value):
            message = "Not a valid URL" if parts.scheme else "Invalid URL: An explicit scheme (such as https) must be provided."
            raise ApiError(message, code="url_invalid", param=self.full_name(name))
        return value

    def metadata(self, name: str = "metadata") -> dict[str, str]:
        """Keys and values within Stripe's limits; empty values unset."""
        if not self.has(name) or self._values[name] == "":
            return {}
        given = self._values[name]
        if not isinstance(given, dict):
            raise ApiError("Invalid object", param=self.full_name(name))
        for key, value in given.items():
            self._check_metadata(name, key, value)
        if len(given) > METADATA_KEYS_MAX:
            raise ApiError(f"Metadata can have up to {METADATA_KEYS_MAX} keys, but you passed in {len(given)}.", param=name)
        return given

    def _check_metadata(self, name: str, key: str, value: object) -> None:
        where = self.full_name(name)
        if not isinstance(value, str):
            raise ApiError(f"Metadata values must be strings, but for key `{key}` you passed in an object.", param=where)
        for what, text, limit in (("keys", key, METADATA_KEY_MAX), ("values", value, METADATA_VALUE_MAX)):
            if len(text) > limit:
                raise ApiError(
                    f"Metadata {what} can have up to {limit} characters, but you passed in a {what[:-1]} that is "
                    f"{len(text)} characters. Invalid {what[:-1]}: {text}",
                    param=where,
                )

    def child(self, name: str) -> Params | None:
        """A nested object, or None when it was not given."""
        if not self.has(name):
            return None
        return self._child(self._values[name], name)

    def children(self, name: str) -> list[Params]:
        """A list of nested objects, empty when it was not given."""
        if not self.has(name):
            return []
        given = _rows(self._values[name], self.full_name(name))
        return [self._child(value, f"{name}", place) for place, value in enumerate(given)]

    def texts(self, name: str) -> list[str]:
        """A list of strings, empty when it was not given."""
        if not self.has(name):
            return []
        given = _rows(self._values[name], self.full_name(name))
        if not all(isinstance(value, str) for value in given):
            raise ApiError("Invalid array", param=self.full_name(name))
        return given

    def range(self, name: str) -> tuple[int, int]:
        """A moment or a span of moments (`created=1` or `created[gte]=1`), first and last included."""
        if not isinstance(self._values.get(name), dict):
            moment = self.integer(name)
            return (moment, moment) if moment is not None else (0, 2**62)
        bounds = self._child(self._values[name], name)
        self._known.add(name)
        first = max(bounds.integer("gte") or 0, (bounds.integer("gt") or -1) + 1)
        last = min(
            _or(bounds.integer("lte"), 2**62),
            _or(bounds.integer("lt"), 2**62) - 1,
        )
        return first, last

    def unsimulated(self, *names: str) -> None:
        """Accept parameters that change nothing here."""
        self._known.update(names)

    def refuse_unknown(self) -> None:
        """Refuse what nobody asked for, in nested objects too."""
        for name in self._values:
            if name not in self._known:
                raise ApiError(
                    f"Received unknown parameter: {self.full_name(name)}",
                    code="parameter_unknown",
                    param=self.full_name(name),
                )
        for child in self._children:
            child.refuse_unknown()

    def missing(self, name: str) -> ApiError:
        """The refusal for a parameter that must be given."""
        where = self.full_name(name)
        return ApiError(f"Missing required param: {where}.", code="parameter_missing", param=where)

    def _empty(self, name: str) -> ApiError:
        where = self.full_name(name)
        return ApiError(
            f"You passed an empty string for '{where}'. We assume empty values are an attempt to unset a parameter; "
            f"however '{where}' cannot be unset. You should remove '{where}' from your request or supply a non-empty value.",
            code="parameter_invalid_empty",
            param=where,
        )

    def _child(self, value: object, name: str, place: int | None = None) -> Params:
        where = self.full_name(name) + ("" if place is None else f"[{place}]")
        if not isinstance(value, dict):
            raise ApiError("Invalid object", param=where)
        child = Params(value, where)
        self._children.append(child)
        return child


def _listed(allowed: tuple[str, ...]) -> str:
    return ", ".join(allowed[:-1]) + f", or {allowed[-1]}" if len(allowed) > 1 else allowed[0]


def _or(value: int | None, default: int) -> int:
    return default if value is None else value
