"""Keeps what the desk sees: batches results into the store, and goes on when the store cannot write.

A store that fails is shown (`error`) and tried again; results wait in the desk, bounded. Answers of
people are different: they are either saved or refused to the person's face, never kept on hope.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from agent import card
from agent.desk import Desk
from agent.store.errors import StoreError, StoreLocked
from agent.store.reader import Reader
from agent.store.store import Store
from agent.store.writing import Transaction

log = logging.getLogger(__name__)

RETRY_S = 15.0
T = TypeVar("T")


class Recorder:
    """The one store of this process, or the reason why there is none. Not for two threads at once."""

    def __init__(self, state_dir: Path, procedure: tuple[str, str]) -> None:
        """Open the store. `procedure` is (edition, sha256). Raises StoreLocked if another process has it."""
        self.folder = state_dir
        self._procedure = procedure
        self._store: Store | None = None
        self._retry_at_s = 0.0
        self.error = ""  # StoreError code of the last failure, "" when the last write was kept
        self._open()

    def adopt(self, procedure: tuple[str, str]) -> None:
        """Mark what is kept from now on with another procedure's (edition, sha256)."""
        self._procedure = procedure
        if self._store is not None:
            self._store.adopt(procedure)

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
            events = list(self._ready().events(card.KIND, since=since))
        except StoreError as error:
            self._note(error.code)
            return ()
        return tuple(card.given_of(event.body, event.at) for event in events)

    def note(self, key: str) -> str | None:
        """Return a small kept fact; None where there is none or the store cannot be read."""
        try:
            return self._ready().note(key)
        except StoreError as error:
            self._note(error.code)
            return None

    def set_note(self, key: str, value: str) -> None:
        """Keep a small fact. Raises StoreError."""
        self._ready().set_note(key, value)

    def keep(self, write: Callable[[Transaction], T]) -> T:
        """Do what `write` does as one commit and return what it returns. Raises StoreError: nothing kept."""
        try:
            with self._ready().transaction() as tx:
                kept = write(tx)
        except StoreError as error:
            self._note(error.code)
            raise
        self._note("")
        return kept

    def reader(self) -> Reader:
        """Return the store to ask. Raises StoreError while there is none; so may its answers."""
        return self._ready()

    def store(self) -> Store:
        """Return the one writer itself, for a part with a thread of its own. Raises StoreError."""
        return self._ready()

    def trim(self, max_mib: int) -> None:
        """Bring the store under its cap by dropping the oldest result history."""
        try:
            report = self._ready().trim(max_mib * 1024 * 1024)
        except StoreError as error:
            self._note(error.code)
        else:
            log.info("store trimmed: %s", report)

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
            self._store = Store.open(self.folder, self._procedure)
        except StoreLocked:
            raise
        except StoreError as error:
            self._note(error.code)
            return
        self._note(self._store.problem or "")
        for notice in self._store.notices:
            log.warning("store: %s %s", notice.code, dict(notice.values))

    def _note(self, code: str) -> None:
        if code != self.error:
            log.warning("store: was=%s now=%s", self.error or "ok", code or "ok")
        self.error = code
