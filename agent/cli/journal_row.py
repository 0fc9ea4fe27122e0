"""One event of the journal as a row of texts: for a table on the screen and in a file."""

from collections.abc import Mapping
from typing import Any

COLUMNS = ("number", "kept_at", "by", "kind", "case", "step", "at", "ticks", "fields", "reason", "source")


def row(event: Mapping[str, Any]) -> dict[str, str]:
    """Return an event as a row of `COLUMNS`; what an amendment puts right is told by its own entry."""
    body = event["body"]
    entry = body.get("entry") or body if event["kind"] == "case.amended" else body
    return {
        "number": str(event["number"]),
        "kept_at": event["kept_at"],
        "by": event["by"],
        "kind": event["kind"] if event["kind"] != "case.amended" else f"case.amended {body['amends']}",
        "case": body["case"],
        "step": entry.get("step", ""),
        "at": entry.get("at", ""),
        "ticks": " ".join(entry.get("ticks", ())),
        "fields": " ".join(f"{name}={text}" for name, text in entry.get("fields", {}).items()),
        "reason": body.get("why") or entry.get("reason") or "",
        "source": entry.get("source", ""),
    }
