"""What the three chat channels share: one bounded message for many notes, and the reading of their codes.

They answer HTTP 200 to everything and say in the body what it came to.
"""

from collections.abc import Mapping

from agent.tickets.model import DeliveryError, Row, Tree, Verdict, item

SPACING_S = 3.0  # each allows 20 messages a minute
_MORE_ROWS = 20


def digest(rows: tuple[Row, ...], max_bytes: int) -> str:
    """Return one text for all rows: the whole text of a single one, else subjects; each with its key."""
    if len(rows) == 1:
        return cut(f"{rows[0].subject}\n{rows[0].text}", max_bytes)
    lines = [f"{row.subject} [{row.short}]" for row in rows[:_MORE_ROWS]]
    if len(rows) > _MORE_ROWS:
        lines.append(f"… +{len(rows) - _MORE_ROWS}")
    return cut("\n".join(lines), max_bytes)


def cut(text: str, max_bytes: int) -> str:
    """Cut a text to so many bytes of UTF-8, at a letter, with an ellipsis; its last line, the key, stays."""
    if len(text.encode()) <= max_bytes:
        return text
    head, _, last = text.rpartition("\n")
    tail = f"…\n{last}" if len(last.encode()) < max_bytes // 2 else "…"
    room = max_bytes - len(tail.encode())
    return (head or text).encode()[:room].decode("utf-8", "ignore") + tail


def judge(tree: Tree, code_name: str, meanings: Mapping[int, Verdict]) -> None:
    """Raise DeliveryError for an error code; one without a meaning here is a message that was refused."""
    code = item(tree, code_name)
    if code == 0:
        return
    if not isinstance(code, int):
        raise DeliveryError("ambiguous", "answer.incomplete")
    verdict = meanings.get(code, "rejected")
    raise DeliveryError(verdict, f"{code_name}.{code}", 60.0 if verdict == "rate_limited" else None)
