"""Asks the daemon for glances, one long request after the other, in a thread of its own."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent import clock, control
from agent.tray.face import Heard
from agent.words import Lang

ANSWER_WITHIN_S = 40.0  # the daemon holds a request for 25 s
RETRY_S = 1.0


class Asking:
    """The newest of what was heard; `hear` is called from this thread with each change."""

    def __init__(self, state_dir: Path, lang: Lang, hear: Callable[[Heard], None]) -> None:
        self._state_dir, self._lang, self._hear = state_dir, lang, hear
        self._heard = Heard()
        self._told: str | None = None

    def start(self) -> None:
        """Ask until the program ends."""
        threading.Thread(target=self._run, name="asking", daemon=True).start()

    def _run(self) -> None:
        while True:
            time.sleep(self._ask())

    def _ask(self) -> float:
        """Ask once and pass on what came of it; returns after how many seconds to ask again."""
        try:
            glance = control.ask(self._state_dir, self._request(), ANSWER_WITHIN_S)
        except control.ControlAbsent:
            self._take(Heard(is_silent=True, is_absent=True))
            return RETRY_S
        except (control.ControlError, OSError):
            known = self._heard
            self._take(Heard(known.glance, known.at_s, is_silent=True, is_absent=known.is_absent))
            return RETRY_S
        self._take(Heard(glance, clock.boot_s()))
        self._told = glance["notify"]["key"] if glance["notify"] else None
        return float(glance["poll_in_s"])

    def _request(self) -> dict[str, Any]:
        after = self._heard.glance["version"] if self._heard.glance and not self._heard.is_silent else None
        return {"op": "glance", "lang": self._lang, "after": after, "told": self._told}

    def _take(self, heard: Heard) -> None:
        self._heard = heard
        self._hear(heard)
