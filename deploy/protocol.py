"""The room's protocol in TypeScript, written from what the server says; `python -m deploy.protocol` renews it.

The shapes of the operations come from the committed OpenAPI document, what goes over the line from `estrade/rooms/protocol.py`.
What neither of them uses yet is not guessed at: it stops.
"""

from __future__ import annotations

import json
from typing import Any, get_args

from pydantic import TypeAdapter

from estrade.rooms import protocol
from estrade.site.supervisor.builds import REPOSITORY

WRITTEN = REPOSITORY / "web/protocol/src/generated.ts"
OPENAPI = REPOSITORY / "docs/build/openapi.json"
ROOM = "/api/v1/rooms/{room_id}/"
# How browsers call what the document calls by another name.
NAMES = {
    "MeOut": "Me", "RoomStateOut": "RoomStateSeen", "GrantOut": "Grant", "AdmissionOut": "AdmissionSeen", "PersonOut": "RoomPerson",
    "MessageData": "MessageData", "RoomMessageOut": "RoomMessage", "RoomMessagesOut": "RoomMessages",
}  # fmt: skip
LINE = {"ReactionsNotice": protocol.ReactionsNotice, "SeatNotice": protocol.SeatNotice, "Heartbeat": protocol.Heartbeat}
CLOSED = {"RoomMessageKind": protocol.MessageKind, "SeatNoticeKind": protocol.SeatNoticeKind}
HEAD = "/** Not to be changed by hand: `python -m deploy.protocol` writes it. */\n"


def faults() -> list[str]:
    """What is wrong with the committed file, a line each."""
    is_fresh = WRITTEN.exists() and WRITTEN.read_text() == typescript()
    return [] if is_fresh else [f"{WRITTEN.relative_to(REPOSITORY)} is stale: `python -m deploy.protocol` renews it."]


def typescript() -> str:
    """The whole module."""
    document = json.loads(OPENAPI.read_text())
    schemas = document["components"]["schemas"]
    parts = [HEAD, "/** A moment as the server writes it (RFC 3339, UTC). */\nexport type Timestamp = string;\n"]
    parts += [f"export type {name} = {_union(get_args(kinds))};\n" for name, kinds in CLOSED.items()]
    reactions = ", ".join(json.dumps(each) for each in get_args(protocol.Reaction))
    parts.append(f"export const REACTIONS = [{reactions}] as const;\nexport type Reaction = (typeof REACTIONS)[number];\n")
    parts += [_interface(name, schemas[schema]) for schema, name in NAMES.items()]
    parts += [_interface(name, TypeAdapter(shape).json_schema()) for name, shape in LINE.items()]
    seat_acts = [path.rpartition("/")[2] for path in document["paths"] if path.startswith(ROOM + "seats/{seat_id}/")]
    room_acts = [path.removeprefix(ROOM) for path, methods in document["paths"].items() if _acts_on_room(path, methods)]
    parts.append(f"/** What the host may do with a seat. */\nexport type SeatAction = {_union(seat_acts)};\n")
    parts.append(f"/** What the host may do with the room. */\nexport type RoomAction = {_union(room_acts)};\n")
    return "\n".join(parts)


def _acts_on_room(path: str, methods: dict[str, Any]) -> bool:
    return (
        path.startswith(ROOM)
        and "/" not in path.removeprefix(ROOM)
        and "requestBody" not in methods.get("post", {"requestBody": 0})
    )


def _interface(name: str, schema: dict[str, Any]) -> str:
    required = schema.get("required", [])
    members = [*required, *(member for member in schema["properties"] if member not in required)]
    lines = [f"  {member}{'' if member in required else '?'}: {_type(schema['properties'][member])};" for member in members]
    about = " ".join(schema.get("description", "").split())
    return "\n".join([f"/** {about} */", f"export interface {name} {{", *lines, "}\n"])


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return NAMES[schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        return " | ".join(_type(each) for each in schema["anyOf"])
    if "const" in schema or "enum" in schema:
        return _union(schema.get("enum") or [schema["const"]])
    if schema["type"] == "array":
        return f"{_type(schema['items'])}[]"
    if schema["type"] == "object":
        keys = _type(schema["propertyNames"]) if "propertyNames" in schema else "string"
        return f"Partial<Record<{keys}, {_type(schema['additionalProperties'])}>>"
    if schema.get("format") == "date-time":
        return "Timestamp"
    return {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}[schema["type"]]


def _union(values: list[str] | tuple[str, ...]) -> str:
    return " | ".join(json.dumps(value) for value in values)


if __name__ == "__main__":
    WRITTEN.write_text(typescript())
