"""What the store gives back: journal events and the history of a result, as typed values."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from agent.result import Result
from agent.store.chain import Row


class Event(msgspec.Struct, frozen=True):
    """One row of the journal. `boot_s` counts within `boot_id` only; `origin` is "" for a native row."""

    seq: int
    at: datetime  # aware UTC
    boot_id: str
    boot_s: float
    kind: str
    actor: str
    body: Mapping[str, Any]
    procedure_edition: str
    procedure_sha256: str
    origin: str
    hash: str


class Change(msgspec.Struct, frozen=True):
    """One row of a result's history: how it was from then on, under which procedure."""

    seq: int
    result: Result
    procedure_edition: str
    procedure_sha256: str
    hash: str


class Notice(msgspec.Struct, frozen=True):
    """Something that people should hear about the store itself: a stable code and its values."""

    code: str
    values: Mapping[str, Any]


EVENT_SELECT = (
    "SELECT seq, at_utc, boot_id, boot_ms, kind, actor, body, procedure_edition, procedure_sha256, "
    "origin, hash FROM event"
)
CHANGE_SELECT = "SELECT seq, body, procedure_edition, procedure_sha256, hash FROM result_change"
_decode_result = msgspec.json.Decoder(Result).decode
_decode_body = msgspec.json.Decoder(dict[str, Any]).decode


def event_of(row: Row) -> Event:
    """Type a row of EVENT_SELECT."""
    seq, at_utc, boot_id, boot_ms, kind, actor, body, *rest = row
    at = datetime.fromisoformat(at_utc)
    return Event(seq, at, boot_id, boot_ms / 1000, kind, actor, _decode_body(body), *rest)


def change_of(row: Row) -> Change:
    """Type a row of CHANGE_SELECT."""
    seq, body, *rest = row
    return Change(seq, _decode_result(body), *rest)


def result_of(body: str) -> Result:
    """Type the JSON of a result."""
    return _decode_result(body)


def utc_text(moment: datetime) -> str:
    """ISO 8601 in UTC with microseconds and Z: text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
