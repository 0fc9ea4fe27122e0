"""Keeps /metrics true: renders the page when the light changes at once, and other numbers every few seconds.

The page of the last run is served until the first one is rendered; its stale twin is kept in the state
folder for the next start.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from agent import __version__, clock
from agent.exposition import footprint, lastpage, metrics
from agent.exposition.listener import Listener
from agent.result import Verdict
from checks.model import Sample

if TYPE_CHECKING:
    from agent.station import Station  # it brings every check; the page is served before they are loaded

log = logging.getLogger(__name__)

RENDER_S = 15.0  # numbers other than the light are at most this old; scrapes come as often
KEEP_S = 300.0  # how often the stale twin is written


class Publisher:
    """The metrics page and its listener. Call from the core loop only."""

    def __init__(self, page: metrics.Page, listener: Listener | None, state_dir: Path) -> None:
        """Take over a page that is already served; without a listener it is only kept."""
        self._page = page
        self._listener = listener
        self.refusals: dict[str, Mapping[str, int]] = {}  # listener's name → count by reason
        if listener is not None:
            self.refusals["metrics"] = listener.refused
        self.sources: list[Callable[[], Iterable[Sample]]] = []  # numbers of other parts
        self._state_dir = state_dir
        self._render_at_s = 0.0
        self._keep_at_s = 0.0
        self._shown: tuple[object, ...] = ()  # what the page shows that must not wait

    def publish(self, station: "Station", now_s: float) -> None:
        """Render when the light or the desk's own trouble changed, or the page is old."""
        verdict = station.verdict()
        shown = (verdict.colour, verdict.reasons, station.config_error, station.recorder.error)
        if shown == self._shown and now_s < self._render_at_s:
            return
        if shown[:1] != self._shown[:1]:
            why = verdict.reasons[0].code if verdict.reasons else "-"
            log.info("light: %s why=%s checked=%d/%d", verdict.colour, why, verdict.checked, verdict.total)
        if shown != self._shown:
            station.desk.wake()  # whoever waits for another light sees it now, incidents included
        self._shown = shown
        self._render_at_s = now_s + RENDER_S
        snapshot = self._snapshot(station, verdict)
        self._page.update(snapshot)
        if now_s >= self._keep_at_s:
            self._keep_at_s = now_s + KEEP_S
            self._keep(snapshot)

    def next_in_s(self, now_s: float) -> float:
        """Seconds until the page wants to be rendered again."""
        return self._render_at_s - now_s

    def stop(self, station: "Station") -> None:
        """Keep the stale twin of the last page and stop serving."""
        self._keep(self._snapshot(station, station.verdict()))
        if self._listener is not None:
            self._listener.stop()

    def _snapshot(self, station: "Station", verdict: Verdict) -> metrics.Snapshot:
        return metrics.Snapshot(
            verdict=verdict,
            results=station.desk.shown(),
            version=__version__,
            is_config_current=not station.config_error,
            is_store_writable=not station.recorder.error,
            refused={
                (name, reason): count
                for name, counts in self.refusals.items()
                for reason, count in dict(counts).items()
            },
            samples=(*station.samples(), *(sample for source in self.sources for sample in source())),
            footprint=footprint.read(),
        )

    def _keep(self, snapshot: metrics.Snapshot) -> None:
        try:
            lastpage.save(self._state_dir, metrics.render(metrics.stale(snapshot, clock.now().utc))[0])
        except OSError as error:
            log.warning("metrics page not kept: %s", error.strerror)
