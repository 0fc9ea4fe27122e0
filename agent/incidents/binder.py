"""Makes the PDF of each report in a child of its own and keeps it with the incident.

The library is an extra: where it is missing the reports stay as pages, and can be printed later.
"""

import logging
import sys
import threading
from collections.abc import Iterator

import msgspec

from agent.incidents.keeper import Keeper
from agent.store.errors import StoreError
from checks.io import tool
from checks.model import ProbeError

log = logging.getLogger(__name__)

EX_UNAVAILABLE = 69  # of the child, where its library is missing
_CHILD_S = 30.0
_PDF_MAX_BYTES = 2 * 1024 * 1024
_START_OF_PDF = b"%PDF-"


class Binder:
    """Binds reports, one after the other, in a thread that lives only while there is work."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_missing = False

    def nudge(self) -> None:
        """Begin to bind what is not bound yet; returns at once."""
        if self._is_missing or not self._keeper.has_unbound or (self._thread and self._thread.is_alive()):
            return
        self._thread = threading.Thread(target=self.bind, name="report-pdf", daemon=True)
        self._thread.start()

    def bind(self) -> None:
        """Bind what is not bound yet, and return when that is done or has failed."""
        with self._lock:
            for number, pdf in self._made():
                try:
                    self._keeper.bind(number, pdf)
                except StoreError as error:
                    log.warning("report %d: PDF not kept: %s", number, error.code)
                    return

    def _made(self) -> Iterator[tuple[int, bytes]]:
        for number, content in self._keeper.unbound():
            try:
                ran = tool.run(
                    [sys.executable, "-m", "agent.incidents.pdf"],
                    timeout_s=_CHILD_S,
                    max_output_bytes=_PDF_MAX_BYTES,
                    stdin=msgspec.json.encode(content),
                )
            except ProbeError as error:
                log.warning("report %d: no PDF: %s", number, error.code)
                continue
            if ran.status == EX_UNAVAILABLE:
                self._is_missing = True
                return
            if ran.status == 0 and ran.stdout.startswith(_START_OF_PDF):
                yield number, ran.stdout
            else:
                log.warning("report %d: no PDF: exit %d", number, ran.status)
