"""What a check counts over days is kept over a restart: the facts of rows that ask for it, as small notes.

A note is written when the kept part of the facts has changed, once a day for most.
"""

import contextlib
import logging
from typing import Any

import msgspec

from agent.plan import Job
from agent.recorder import Recorder
from agent.result import Result
from agent.runner import Reading
from agent.store.errors import StoreError

log = logging.getLogger(__name__)


class Keepsakes:
    """The notes of this desk. Methods may be called from several threads."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._kept: dict[tuple[str, str], dict[str, Any]] = {}

    def recall(self, job: Job) -> Reading | None:
        """Return the facts that were kept of a row, None where there are none or they no longer fit."""
        if job.check is None or not job.check.kept:
            return None
        text = self._recorder.note(_key(job))
        if text is None:
            return None
        try:
            return Reading(msgspec.json.decode(text, type=job.check.facts), ())
        except msgspec.DecodeError:
            log.info("kept facts no longer fit: check=%s device=%s", *job.key)
            return None

    def keep(self, job: Job, result: Result) -> None:
        """Note the facts of a result, if what is to be kept of them has changed."""
        if job.check is None or not job.check.kept or not result.facts:
            return
        now = {name: result.facts[name] for name in job.check.kept}
        if self._kept.get(job.key) == now:
            return
        with contextlib.suppress(StoreError):  # the next result tries again
            self._recorder.set_note(_key(job), msgspec.json.encode(result.facts).decode())
            self._kept[job.key] = now


def _key(job: Job) -> str:
    return f"kept:{job.row.id}:{job.device}"
