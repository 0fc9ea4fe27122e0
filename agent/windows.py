"""Maintenance windows: for how long somebody works on a device, so that what it does then is no fault.

While one lasts, nothing of the device opens or ends an incident and the light says "under maintenance"
(`agent.verdict`). It ends by itself: by the clock that nobody can set, or by the calendar after a restart.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

import msgspec

from agent.clock import Instant
from agent.recorder import Recorder
from agent.store.errors import StoreError
from agent.store.rows import Event

BEGUN, ENDED = "maintenance.window", "maintenance.window_ended"
LONGEST_S = 86_400.0  # a window that was forgotten hides faults for no longer


class Window(msgspec.Struct, frozen=True):
    """One window. `length_s` counts from `begun`; `by` is the name that somebody works under."""

    device: str
    begun: Instant
    length_s: float
    by: str
    reason: str | None = None

    def left_s(self, now: Instant) -> float:
        """Seconds until it ends; 0 once it has."""
        if self.begun.boot_id == now.boot_id:
            gone_s = now.boot_s - self.begun.boot_s
        else:
            gone_s = (now.utc - self.begun.utc).total_seconds()
        return max(0.0, self.length_s - gone_s)


class Windows:
    """The windows of one desk. Methods may be called from several threads."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._known: Mapping[str, Window] | None = None  # by device; None until the store could be read

    def active(self, now: Instant) -> tuple[Window, ...]:
        """Return the windows that last; none while the store cannot be read."""
        if self._known is None:
            try:
                self._known = self._read(now)
            except StoreError:
                return ()
        return tuple(one for one in self._known.values() if one.left_s(now) > 0)

    def devices(self, now: Instant) -> frozenset[str]:
        """Return the devices that somebody works on."""
        return frozenset(one.device for one in self.active(now))

    def begin(self, device: str, length_s: float, reason: str | None, by: str) -> None:
        """Open a window, or set a new length for it. Raises StoreError."""
        self._recorder.append(BEGUN, by, {"device": device, "length_s": length_s, "reason": reason})
        self._known = None

    def end(self, device: str, by: str) -> None:
        """End a window before its time. Raises StoreError."""
        self._recorder.append(ENDED, by, {"device": device})
        self._known = None

    def _read(self, now: Instant) -> Mapping[str, Window]:
        since = now.utc - timedelta(seconds=LONGEST_S)
        store = self._recorder.reader()
        events = [event for kind in (BEGUN, ENDED) for event in store.events(kind, since)]
        return fold(sorted(events, key=lambda event: event.seq))


def fold(events: Iterable[Event]) -> dict[str, Window]:
    """Return the newest window of each device that was not ended by hand, from events in order."""
    windows: dict[str, Window] = {}
    for event in events:
        device = str(event.body["device"])
        windows.pop(device, None)
        if event.kind == BEGUN:
            begun = Instant(event.at, event.boot_s, event.boot_id)
            windows[device] = Window(
                device, begun, float(event.body["length_s"]), event.actor, event.body["reason"]
            )
    return windows


def line(window: Window, now: Instant) -> dict[str, Any]:
    """Return a window as JSON; `until` is by the calendar of now."""
    left_s = window.left_s(now)
    until = now.utc + timedelta(seconds=left_s)
    return {
        "device": window.device,
        "until": until.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "left_s": round(left_s, 1),
        "by": window.by,
        "reason": window.reason,
    }
