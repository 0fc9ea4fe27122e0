"""What a face must bring up by itself, once: the light got worse, or a fault that stopped work is over.

A piece of news has a key that stays the same for one life of one fault. A face that has shown it says so, and
the key is kept in the store: neither a second face nor a restart brings it up again.
"""

import json
import threading
from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

import msgspec

from agent.clock import Instant
from agent.incidents.model import Incident
from agent.recorder import Recorder
from agent.result import COLOURS, Colour, Reason
from agent.store.errors import StoreError

NOTE = "glance.told"
TOLD_MAX = 64  # keys that are remembered; the oldest go first
FRESH_S = 600.0  # that something is over is news for so long
WAITING_MAX = 3  # faces that may wait at once: the control socket answers eight requests
# Reasons of the light that are no event: they pass by themselves, or somebody meant them.
_NO_NEWS = {
    "checking_after_resume",
    "flapping",
    "maintenance",
    "not_yet_checked",
    "nothing_checked",
    "off_hours",
    "recovering",
    "to_confirm",
}


Standing: TypeAlias = tuple[Reason, Incident | None]


class News(msgspec.Struct, frozen=True):
    """One thing to bring up. `reason` is why the light is worse; what is over carries its `incident`."""

    key: str
    kind: Literal["worse", "over"]
    at: Instant
    reason: Reason | None = None
    incident: Incident | None = None


def standing(
    reasons: Sequence[Reason], incidents: Sequence[Incident]
) -> tuple[Reason, Incident | None] | None:
    """Return the worst reason that is settled, with its incident.

    `reasons` are those of the light, worst first. A first failing result only colours the light; what is
    unknown counts where it turns the desk grey.
    """
    by_fault = {one.identity: one for one in incidents}
    stopping = {one.device: one for one in incidents if one.is_stopping}
    for reason in reasons:
        if reason.code.partition(".")[0] in _NO_NEWS:
            continue
        incident = by_fault.get((reason.check or "", reason.device or "", reason.code))
        if reason.code == "stopped_until_retest":
            incident = stopping.get(reason.device or "")
        is_word = reason.code.startswith("reported.")
        if incident is not None or is_word or reason.colour == "grey":
            return reason, incident
    return None


class Herald:
    """What was told, and what is still to be told. Methods may be called from several threads."""

    def __init__(self, recorder: Recorder) -> None:
        self.waiting = threading.BoundedSemaphore(WAITING_MAX)
        self._recorder = recorder
        self._lock = threading.Lock()
        self._colour: Colour = "green"
        self._stopping: Mapping[str, Incident] = {}
        self._news: list[News] = []
        self._told: list[str] | None = None

    def look(self, reasons: Sequence[Reason], incidents: Sequence[Incident], now: Instant) -> News | None:
        """Take in the light as it is now; return the oldest news that no face has shown yet."""
        with self._lock:
            self._note_worse(standing(reasons, incidents), now)
            self._note_over({_life(one): one for one in incidents if one.is_stopping}, now)
            told = self._read()
            self._news = [one for one in self._news if one.key not in told and self._is_true(one, now)]
            return next(iter(self._news), None)

    def told(self, key: str) -> None:
        """Note that a face has shown a piece of news; other keys are ignored."""
        with self._lock:
            if all(one.key != key for one in self._news):
                return
            self._told = [*self._read(), key][-TOLD_MAX:]
            try:
                self._recorder.set_note(NOTE, json.dumps(self._told))
            except StoreError:
                return  # remembered until this process ends; the recorder shows what is wrong

    def _note_worse(self, found: Standing | None, now: Instant) -> None:
        colour: Colour = found[0].colour if found else "green"
        if found and COLOURS.index(colour) > COLOURS.index(self._colour):
            reason, incident = found
            life = _life(incident) if incident else _name(reason, now)
            self._add(News(f"worse:{colour}:{life}", "worse", now, reason, incident))
        self._colour = colour

    def _note_over(self, stopping: Mapping[str, Incident], now: Instant) -> None:
        for life in self._stopping.keys() - stopping.keys():
            ended = self._ended(self._stopping[life].id)
            if ended is not None and ended.standing == "closed":
                self._add(News(f"over:{life}", "over", now, incident=ended))
        self._stopping = stopping

    def _ended(self, name: str) -> Incident | None:
        from agent.incidents import shelf  # noqa: PLC0415  only where something ended

        try:
            return shelf.incident_of(self._recorder.reader(), name)
        except StoreError:
            return None

    def _add(self, news: News) -> None:
        if all(one.key != news.key for one in self._news):
            self._news.append(news)

    def _is_true(self, news: News, now: Instant) -> bool:
        """Whether the news still holds: the light is as bad as it said, or what is over is not long over."""
        if news.reason is not None:
            return COLOURS.index(self._colour) >= COLOURS.index(news.reason.colour)
        return now.boot_s - news.at.boot_s < FRESH_S

    def _read(self) -> list[str]:
        if self._told is None:
            kept = self._recorder.note(NOTE)
            self._told = [str(key) for key in json.loads(kept)] if kept else []
        return self._told


def _life(incident: Incident) -> str:
    """Name one life of a fault: a reopened incident is another one."""
    return f"{incident.id}:{incident.life_at.utc.timestamp():.0f}"


def _name(reason: Reason, now: Instant) -> str:
    """Name what has no incident: once a day is enough."""
    return f"{reason.check}:{reason.device}:{reason.code}:{now.utc.date().isoformat()}"
