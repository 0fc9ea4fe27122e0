"""What the desk knows as one page for Prometheus: a snapshot of plain values in, bytes out.

A scrape collects nothing: the page is rendered after each change and served as it is. Metrics and label
names are closed (`families`), label values are cut to harmless characters, so no device can add a
metric or break the page. A default desk stays under 250 series; over SERIES_MAX the last ones are left
out and counted. prometheus_client is loaded by the first rendering, so that the page of the previous run
(`agent.exposition.lastpage`) can be served before.
"""

import logging
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias, cast

import msgspec

from agent.exposition.families import BY_NAME, FAMILIES, OWN, Family
from agent.exposition.footprint import Footprint
from agent.result import COLOURS, Result, State, Verdict
from checks.model import Sample

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric
    from prometheus_client.registry import Collector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SERIES_MAX = 1000
# What a wrong value in a snapshot, or a prometheus_client that is not as expected, can raise.
_UNRENDERABLE = (ArithmeticError, AttributeError, ImportError, LookupError, TypeError, ValueError)
_LABEL_MAX_CHARS = 64
_NOT_IN_LABELS = re.compile(r"[^A-Za-z0-9_.:/+-]")
_LOOKED: tuple[State, ...] = ("ok", "warn", "fail")
_SHOWN: tuple[State, ...] = (*_LOOKED, "unknown")
_log = logging.getLogger(__name__)

Seen: TypeAlias = Mapping[tuple[str, str], frozenset[str]]  # (check, device) → codes found since the start
Series: TypeAlias = dict[tuple[str, ...], float]  # label values in the family's order → value


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """All that one page shows. `samples` are the numbers of other parts: incidents, outbox, journal.

    `refused` counts by (listener, reason), for example ("metrics", "host"); both from closed sets.
    """

    verdict: Verdict
    results: Sequence[Result]
    version: str
    is_config_current: bool = True
    is_store_writable: bool = True
    refused: Mapping[tuple[str, str], int] = {}
    samples: Sequence[Sample] = ()
    footprint: Footprint | None = None


class Page:
    """The page now served. `read` may be called from any thread, `update` from one.

    A snapshot that cannot be rendered leaves the last good page in place: its failure counter grows, and
    its verdict expires by itself.
    """

    def __init__(self, first: bytes = b"") -> None:
        """Start with a body that was rendered before, see `agent.exposition.lastpage`."""
        self._body = first
        self._seen: Seen = {}
        self.dropped_count = 0
        self.failures_count = 0

    def read(self) -> bytes:
        """Return the page with its own counters."""
        counts = (self.dropped_count, self.failures_count)
        own = (_line(family, count) for family, count in zip(OWN, counts, strict=True))
        return self._body + "".join(own).encode()

    def update(self, snapshot: Snapshot) -> None:
        """Render a snapshot into the page."""
        try:
            body, dropped_count = render(snapshot, self._seen)
        except _UNRENDERABLE:  # a page that cannot be made must not stop the checks
            self.failures_count += 1
            _log.exception("metrics page not rendered")
            return
        self.dropped_count += dropped_count
        self._seen = _remember(self._seen, snapshot.results)
        self._body = body


def render(snapshot: Snapshot, seen: Seen | None = None) -> tuple[bytes, int]:
    """Return the exposition text of a snapshot and how many series were left out."""
    admitted, dropped_count = admit(samples(snapshot, seen or {}), SERIES_MAX - len(OWN))
    return expose(admitted), dropped_count


def stale(snapshot: Snapshot, at: datetime) -> Snapshot:
    """Return what may still be said of a snapshot when nobody looks any more: grey, expired at `at`."""
    return msgspec.structs.replace(
        snapshot,
        verdict=msgspec.structs.replace(snapshot.verdict, colour="grey", valid_until=at, checked=0),
        results=[_forgotten(result) for result in snapshot.results],
        samples=(),
        footprint=None,
    )


def samples(snapshot: Snapshot, seen: Seen) -> Iterator[Sample]:
    """Yield every series, the most important first: what is over the limit is cut from the end."""
    yield from _of_desk(snapshot)
    yield from _of_process(snapshot.footprint)
    yield from _of_faults(snapshot.results, seen)
    for result in snapshot.results:
        yield from _of_run(result)
    yield from snapshot.samples
    for result in snapshot.results:
        for sample in result.samples:
            yield _placed(sample, result.device)


def admit(found: Iterable[Sample], limit: int) -> tuple[dict[str, Series], int]:
    """Sort series by metric; return them with the count of those that the contract does not allow."""
    admitted: dict[str, Series] = {}
    free = limit
    dropped_count = 0
    for sample in found:
        family = BY_NAME.get(sample.metric)
        labels = _label_values(sample, family) if family else None
        value = _number(sample.value)
        if labels is None or value is None or labels in admitted.get(sample.metric, {}) or not free:
            dropped_count += 1
            continue
        admitted.setdefault(sample.metric, {})[labels] = value
        free -= 1
    return admitted, dropped_count


def expose(admitted: Mapping[str, Series]) -> bytes:
    """Return the series as text, metrics in the order of `agent.exposition.families`."""
    from prometheus_client import generate_latest  # noqa: PLC0415  7 MB, after the first page is out

    return generate_latest(cast("Collector", _Collected(admitted)))


class _Collected:
    """What generate_latest asks of a Collector. A class made for each page would leak 100 bytes a time."""

    def __init__(self, admitted: Mapping[str, Series]) -> None:
        self._admitted = admitted

    def collect(self) -> Iterator["Metric"]:
        for family in FAMILIES:
            if family.name in self._admitted:
                yield _metric(family, self._admitted[family.name])


def _metric(family: Family, series: Series) -> "Metric":
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily  # noqa: PLC0415  see expose

    kind = CounterMetricFamily if family.type == "counter" else GaugeMetricFamily
    metric = kind(family.name, family.help, labels=family.labels)
    for values, value in series.items():
        metric.add_metric(values, value)
    return metric


def _label_values(sample: Sample, family: Family) -> tuple[str, ...] | None:
    """Return harmless label values in the family's order, or None where the labels are not the family's."""
    if sample.labels.keys() != set(family.labels):
        return None
    texts = (str(sample.labels[name])[:_LABEL_MAX_CHARS] for name in family.labels)
    return tuple(_NOT_IN_LABELS.sub("_", text) for text in texts)


def _number(value: object) -> float | None:
    """Return a finite number, else None."""
    if isinstance(value, int | float) and abs(value) <= sys.float_info.max:
        return float(value)
    return None


def _line(family: Family, value: int) -> str:
    return f"# HELP {family.name} {family.help}\n# TYPE {family.name} {family.type}\n{family.name} {value}\n"


def _of_desk(snapshot: Snapshot) -> Iterator[Sample]:
    verdict = snapshot.verdict
    for colour in COLOURS:
        yield Sample("deskready_verdict", colour == verdict.colour, {"verdict": colour})
    yield Sample("deskready_verdict_valid_until_timestamp_seconds", verdict.valid_until.timestamp())
    yield Sample("deskready_coverage_ratio", verdict.checked / verdict.total if verdict.total else 0.0)
    yield Sample("deskready_build_info", 1, {"version": snapshot.version})
    yield Sample("deskready_config_last_reload_successful", snapshot.is_config_current)
    yield Sample("deskready_store_writable", snapshot.is_store_writable)
    for (listener, reason), count in sorted(snapshot.refused.items()):
        yield Sample("deskready_requests_refused_total", count, {"listener": listener, "reason": reason})


def _of_process(footprint: Footprint | None) -> Iterator[Sample]:
    if footprint is None:
        return
    yield Sample("process_resident_memory_bytes", footprint.resident_bytes)
    yield Sample("process_cpu_seconds_total", footprint.cpu_s)
    yield Sample("process_start_time_seconds", footprint.started_s)
    yield Sample("process_threads", footprint.threads_count)
    if footprint.open_fds_count is not None:
        yield Sample("process_open_fds", footprint.open_fds_count)


def _of_faults(results: Sequence[Result], seen: Seen) -> Iterator[Sample]:
    """Yield 1 for what is found, 0 for what was found before and is gone; nothing where nobody could look."""
    is_found: dict[tuple[str, str], bool] = {}
    for result in results:
        if result.state not in _LOOKED:
            continue
        found = {fault.code for fault in result.findings}
        for code in sorted(found | seen.get(result.key, frozenset())):
            key = (code, result.device)
            is_found[key] = is_found.get(key, False) or code in found
    for (code, device), value in is_found.items():
        yield Sample("deskready_fault", value, {"code": code, "device": device})


def _of_run(result: Result) -> Iterator[Sample]:
    """Yield the states of one row; "off" stands alone, for most desks have many rows that are not set up."""
    labels = {"check": result.check, "device": result.device}
    for state in ("off",) if result.state == "off" else _SHOWN:
        yield Sample("deskready_check_state", state == result.state, {**labels, "state": state})
    if result.state != "off":
        yield Sample("deskready_check_last_run_timestamp_seconds", result.measured_at.timestamp(), labels)
        yield Sample("deskready_check_duration_seconds", result.took_s, labels)


def _placed(sample: Sample, device: str) -> Sample:
    family = BY_NAME.get(sample.metric)
    if family is None or "device" not in family.labels:
        return sample
    return msgspec.structs.replace(sample, labels={**sample.labels, "device": device})


def _remember(seen: Seen, results: Sequence[Result]) -> Seen:
    """Return the codes found on the rows that there still are, for their 0 once they are gone."""
    return {
        result.key: seen.get(result.key, frozenset()).union(fault.code for fault in result.findings)
        for result in results
    }


def _forgotten(result: Result) -> Result:
    state: State = "off" if result.state == "off" else "unknown"
    return msgspec.structs.replace(result, state=state, findings=(), samples=())
