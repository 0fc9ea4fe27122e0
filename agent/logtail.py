"""The last lines of the log, kept in memory for the page that IT looks at: few, short, and no traceback."""

import logging
from collections import deque
from datetime import UTC, datetime

LINES_MAX = 200
CHARS_MAX = 300


class Tail(logging.Handler):
    """Keeps the newest lines. Of an exception it keeps the kind alone: its text may hold anything."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self._lines: deque[str] = deque(maxlen=LINES_MAX)

    def emit(self, record: logging.LogRecord) -> None:
        """Take one line."""
        at = datetime.fromtimestamp(record.created, UTC)
        text = " ".join(record.getMessage().split())
        if record.exc_info and record.exc_info[0]:
            text = f"{text} ({record.exc_info[0].__name__})"
        line = f"{at:%Y-%m-%d %H:%M:%S}Z {record.levelname} {record.name}: {text}"
        self._lines.append(line[:CHARS_MAX])

    def lines(self) -> tuple[str, ...]:
        """Return what is kept, oldest first."""
        return tuple(self._lines)
