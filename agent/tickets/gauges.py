"""The outbox as metrics: how much waits for whom, and for how long."""

from collections.abc import Iterator

from agent.clock import Instant
from agent.store.reader import Reader
from agent.tickets import outbox
from checks.model import Sample


def samples(store: Reader, now: Instant) -> Iterator[Sample]:
    """Yield what waits or is parked, by sink. Raises StoreError."""
    for one in outbox.depth(store):
        yield Sample("deskready_outbox_rows", float(one.count), {"sink": one.sink, "state": one.state})
        if one.state in ("pending", "sending"):
            age_s = max(0.0, (now.utc - one.oldest_utc).total_seconds())
            labels = {"sink": one.sink, "state": one.state}
            yield Sample("deskready_outbox_oldest_age_seconds", age_s, labels)
