"""Names of incidents: ids that sort by time, and keys that are the same on every desk."""

import os
from collections.abc import Sequence

from agent.clock import Instant
from agent.incidents.model import Identity
from agent.tickets import outbox
from agent.verdict import Row
from config.tables import Station

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_id(now: Instant) -> str:
    """Return an id that sorts by time: 48 bits of milliseconds and 80 of chance, in 26 letters (ULID)."""
    number = int(now.utc.timestamp() * 1000) << 80 | int.from_bytes(os.urandom(10))
    return "".join(_LETTERS[number >> shift & 31] for shift in range(125, -1, -5))


def key_of(identity: Identity, rows: Sequence[Row], station: Station) -> str:
    """Return the key of a fault; a device with a serial number is the same one on every desk."""
    check, device, fault = identity
    seen = [row.track.evidence for row in rows if row.device == device and row.track.evidence]
    serials = [one.facts.get("serial") for one in seen]
    serial = next((one for one in serials if isinstance(one, str) and one), None)
    return outbox.key_of(serial or f"{station.site}/{station.name}/{device}", check, fault)
