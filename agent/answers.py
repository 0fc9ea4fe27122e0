"""What people have answered, as the journal keeps it: read once, then after each new answer.

An answer is kept before it counts, or refused to the person's face.
"""

import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from agent import card
from agent.card import Given
from agent.recorder import Recorder
from agent.store.writing import Transaction


class Answers:
    """The answers of one desk. Methods may be called from several threads."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._lock = threading.Lock()
        self._given: tuple[Given, ...] = ()
        self._since: datetime | None = None  # None: to be read anew

    def given(self, since: datetime) -> tuple[Given, ...]:
        """Return the answers since a moment, oldest first; none while the store cannot be read."""
        with self._lock:
            if self._since is None or since < self._since:
                self._given, self._since = self._recorder.given(since), since
                if self._recorder.error:
                    self._since = None
            return self._given

    def keep(self, by: str, given: Sequence[Given], kind: str = "", body: Mapping[str, Any] = {}) -> None:
        """Keep answers, and an event of another kind if there is one, as one commit. Raises StoreError."""

        def write(tx: Transaction) -> None:
            for one in given:
                tx.append(card.KIND, by, card.body_of(one))
            if kind:
                tx.append(kind, by, body)

        with self._lock:
            self._recorder.keep(write)
            self._since = None
