"""What the OpenAPI document says of refusals: of every operation the statuses it may answer, all with one shape."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ninja.openapi import schema as ninja_document
from ninja.schema import NinjaGenerateJsonSchema
from pydantic.json_schema import CoreModeRef, CoreRef, DefsRef

from estrade.base.errors import Refusal

CONTENT = "application/problem+json"
PROBLEM = {
    "title": "Problem",
    "description": "A refusal (RFC 9457). The end of `type` is its code, for programs; facts stand beside the standard members.",
    "type": "object",
    "required": ["type", "title", "status"],
    "additionalProperties": True,
    "properties": {
        "type": {"type": "string", "pattern": "^/problems/[a-z_]+$"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "detail"],
                "properties": {"field": {"type": "string"}, "code": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
ALWAYS = {"token_invalid", "too_many_requests"}
# One enters before anything else, and not everybody may.
OF_ROOMS = {
    "not_found", "forbidden", "no_seat", "banned", "seat_removed", "room_not_open", "room_locked", "room_ended", "seat_lost",
}  # fmt: skip


class NamedByOwner(NinjaGenerateJsonSchema):
    """Calls `Order.State` OrderState: the document has one place for each name, and State of an order is not that of a ticket."""

    def get_defs_ref(self, core_mode_ref: CoreModeRef) -> DefsRef:
        """The name of a shape in the document."""
        ref, mode = core_mode_ref
        return super().get_defs_ref((CoreRef(re.sub(r"\.([A-Z]\w*)\.([A-Z]\w*)", r".\1\2", ref)), mode))


# Ninja asks this one by name and has no place to say another.
ninja_document.NinjaGenerateJsonSchema = NamedByOwner  # type: ignore[attr-defined]


def name_refusals(document: dict[str, Any]) -> None:
    """Write into the document what each operation may refuse: what its description names, and what any like it may."""
    statuses = {refusal.code(): refusal.status for refusal in _all(Refusal)}
    document["components"].setdefault("schemas", {})["Problem"] = PROBLEM
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for code in sorted(_codes(path, method, operation) & statuses.keys()):
                _add(operation["responses"], statuses[code], code)


def _codes(path: str, method: str, operation: dict[str, Any]) -> set[str]:
    _about, _word, refusals = operation.get("description", "").partition("Refusals")
    codes = ALWAYS | set(re.findall(r"`(\w+)`", refusals))
    if operation.get("security") and not _is_public(operation):
        codes.add("not_signed_in")
    if "/rooms/" in path:
        codes |= OF_ROOMS
    if method != "get":
        codes.add("forbidden")  # what another site makes a browser ask
    if "requestBody" in operation or any(parameter["in"] == "query" for parameter in operation.get("parameters", ())):
        codes.add("invalid")
    if method == "post":
        codes |= {"invalid", "idempotency_key_reused"}
    return codes


def _is_public(operation: dict[str, Any]) -> bool:
    return not {"directory", "rooms"}.isdisjoint(operation.get("tags", ()))


def _add(responses: dict[Any, Any], status: int, code: str) -> None:
    told = responses.setdefault(
        status, {"description": "", "content": {CONTENT: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    )
    told["description"] = ", ".join(filter(None, [told["description"], f"`{code}`"]))


def _all(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for each in kind.__subclasses__():
        yield each
        yield from _all(each)
