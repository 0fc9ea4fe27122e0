"""The pre-operation test in the background: begun by a person on the page, watched while it runs.

One at a time; what it has found so far may be read from any thread.
"""

import threading
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import msgspec

Line: TypeAlias = Mapping[str, Any]  # one element of `results` of deskready.ready/1
Progress: TypeAlias = Callable[[dict[str, Any]], None]


class Seen(msgspec.Struct, frozen=True):
    """How far the test has come: the newest line of each row, in the order they came."""

    is_running: bool
    lines: tuple[Line, ...]


class BackgroundTest:
    """Runs `test(progress)` in a thread of its own."""

    def __init__(self, test: Callable[[Progress], object]) -> None:
        self._test = test
        self._lock = threading.Lock()
        self._lines: dict[tuple[str, str], Line] = {}
        self._is_running = False

    def begin(self) -> bool:
        """Start the test; False while it is running already."""
        with self._lock:
            if self._is_running:
                return False
            self._is_running, self._lines = True, {}
        threading.Thread(target=self._run, name="background-test", daemon=True).start()
        return True

    def seen(self) -> Seen:
        """Return what has been found so far by the running test, or by the last one."""
        with self._lock:
            return Seen(self._is_running, tuple(self._lines.values()))

    def _run(self) -> None:
        try:
            self._test(self._add)
        finally:
            with self._lock:
                self._is_running = False

    def _add(self, line: dict[str, Any]) -> None:
        with self._lock:
            self._lines[line["check"], line["device"]] = line
