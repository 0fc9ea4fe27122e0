"""Keeps what the desk sees: batches results into the store, and goes on when the store cannot write.

A store that fails is shown (`error`) and tried again; results wait in the desk, bounded. Answers of
people are different: they are either saved or refused to the person's face, never kept on hope.
"""

import logging
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from agent import card
from agent.desk import Desk
from agent.result import Result
from agent.store.store import Store, StoreError, StoreLocked

log = logging.getLogger(__name__)

RETRY_S = 15.0


class Recorder:
    """The one store of this process, or the reason why there is none. Not for two threads at once."""

    def __init__(self, state_dir: Path, procedure: tuple[str, str]) -> None:
        """Open the store. `procedure` is (edition, sha256). Raises StoreLocked if another process has it."""
        self._state_dir = state_dir
        self._procedure = procedure
        self._store: Store | None = None
        self._retry_at_s = 0.0
        self.error = ""  # StoreError code of the last failure, "" when the last write was kept
        self._open()

    def flush(self, desk: Desk, now_s: float) -> None:
        """Save what the desk has collected; on failure give it back and wait before the next try."""
        if now_s < self._retry_at_s:
            return
        results = desk.take_unsaved()
        if not results:
            return
        try:
            self._ready().save(results)
        except StoreError as error:
            desk.give_back(results)
            self._retry_at_s = now_s + RETRY_S
            self._note(error.code)
        else:
            self._note("")

    def append(self, kind: str, actor: str, body: Mapping[str, Any]) -> int:
        """Append one event of the journal; returns its number after it is safe. Raises StoreError."""
        seq = self._ready().append(kind, actor, body)
        self._note("")
        return seq

    def given(self, since: datetime) -> tuple[card.Given, ...]:
        """Return the answers to questions since a moment; none while the store cannot be read."""
        try:
            events = self._ready().events(card.KIND, since)
        except StoreError as error:
            self._note(error.code)
            return ()
        return tuple(
            card.Given(e.body["attestation"], e.body["answer"], date.fromisoformat(e.body["day"]))
            for e in events
        )

    def latest(self) -> tuple[Result, ...]:
        """Return the newest stored result of each row; none while the store cannot be read."""
        try:
            return self._ready().latest()
        except StoreError as error:
            self._note(error.code)
            return ()

    def close(self) -> None:
        """Close the store and give up its lock."""
        if self._store is not None:
            self._store.close()
            self._store = None

    def _ready(self) -> Store:
        if self._store is None:
            self._open()
        if self._store is None:
            raise StoreError(self.error)
        return self._store

    def _open(self) -> None:
        try:
            self._store = Store.open(self._state_dir, self._procedure)
        except StoreLocked:
            raise
        except StoreError as error:
            self._note(error.code)
            return
        for notice in self._store.notices:
            log.warning("store notice: %s", notice)

    def _note(self, code: str) -> None:
        if code != self.error:
            log.warning("store: was=%s now=%s", self.error or "ok", code or "ok")
        self.error = code
