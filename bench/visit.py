"""What the broker's page costs: the time of its views, the bytes of a first visit, what the daemon grows."""

from collections.abc import Iterator

from bench import footprint
from bench.desk import Desk

PAGE_PORT = 9843
FILES = ["/static/deskready.css", "/static/htmx.min.js", "/static/app.js", "/static/favicon.svg"]
VIEWS = ["/today", "/progress", "/desk", "/incidents"]
ROUNDS_COUNT = 5
LIGHTS_COUNT = 3600  # an open page asks every second


def measure(desk: Desk, pid: int) -> Iterator[tuple[str, float]]:
    """Visit the page of the daemon `pid` as a broker does in an hour; yields values by name."""
    before_kib = footprint.read(pid, is_alone=True).rss_kib
    found = desk.ask("visit", port=PAGE_PORT, code=code(desk), files=FILES, views=VIEWS * ROUNDS_COUNT)
    first_ms, *more_ms = found["took_ms"]
    yield "page.first_ms", first_ms
    yield "page.view_ms", sum(more_ms) / len(more_ms)
    yield "page.bytes", found["bytes"]
    desk.ask("visit", port=PAGE_PORT, code=code(desk), files=[], views=["/light"] * LIGHTS_COUNT)
    yield "page.grown_kib", footprint.read(pid, is_alone=True).rss_kib - before_kib


def code(desk: Desk) -> str:
    """Return a code that opens the page once."""
    printed: str = desk.wall(desk.argv("open", "--code"))["stdout"]
    return printed.rsplit(maxsplit=1)[-1]
