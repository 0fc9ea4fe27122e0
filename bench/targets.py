"""The quantities that are promised, in the order of the table, with what each is held against. Pure."""

from collections.abc import Mapping, Sequence

from bench.figures import Figure
from bench.soak import Steady

NODE = "node_exporter"
# What, unit, deskready's values, the values beside it, whose they are, and the greatest ratio that is met.
RATIOS: tuple[tuple[str, str, str, str, str, float | None], ...] = (
    ("resident set after 200 scrapes", "KiB", "ours.rss_kib", "peer.rss_kib", NODE, 1.35),
    ("… private to the process (USS)", "KiB", "ours.uss_kib", "peer.uss_kib", NODE, None),
    ("… proportional share (PSS)", "KiB", "ours.pss_kib", "peer.pss_kib", NODE, None),
    ("CPU over {window_s:.0f} s, scraped every 15 s", "s", "ours.cpu_s", "peer.cpu_s", NODE, 1.0),
    ("scrape p99", "ms", "ours.p99_ms", "peer.p99_ms", NODE, 0.5),
    ("scrape p50", "ms", "ours.p50_ms", "peer.p50_ms", NODE, None),
    ("scrape p99 while a check hangs", "ms", "hang.p99_ms", "ours.p99_ms", "none hangs", 1.5),
    ("start to /metrics, last verdict", "ms", "start_ms", "peer.start_ms", NODE, 2.5),
    ("… cable pulled", "ms", "start_unplugged_ms", "start_ms", "plugged in", 1.2),
    ("… printer, gateway, system dead", "ms", "start_dead_ms", "start_ms", "alive", None),
    ("ready, asked of the daemon", "s", "ready_s", "plugins_s", "plug-ins", 0.5),
    ("ready, without a daemon", "s", "ready_alone_s", "plugins_s", "plug-ins", 0.5),
    ("… plug-ins with 3 pings, not 5", "s", "ready_alone_s", "plugins_short_s", "plug-ins", None),
    ("page", "bytes", "ours.page_bytes", "peer.page_bytes", NODE, None),
    ("tray: resident set", "KiB", "tray.rss_kib", "pystray.rss_kib", "pystray", None),
    ("tray: start to its sign", "ms", "tray.start_ms", "pystray.start_ms", "pystray", None),
)
# What, unit, deskready's values, and the greatest one that is met.
LIMITS: tuple[tuple[str, str, str, float], ...] = (
    ("start to fresh verdict, peers up", "s", "start.fresh_s", 1.5),
    ("start to fresh verdict, three dead", "s", "start_dead.fresh_s", 4.0),
    ("status", "ms", "status_ms", 150.0),
    ("tray: result to its sign", "ms", "tray.seen_ms", 2000.0),
    ("the broker's page: the very first view", "ms", "page.first_ms", 100.0),
    ("… a view after that", "ms", "page.view_ms", 100.0),
    ("… loaded by a first visit", "bytes", "page.bytes", 61_440.0),
    ("… grown by an hour of use: resident set", "KiB", "page.grown_kib", 8_192.0),
)
# Field of Steady, name, unit, and how much it may grow.
GROWTH: tuple[tuple[str, str, str, float], ...] = (
    ("fds_count", "file descriptors", "", 0.0),
    ("threads_count", "threads", "", 0.0),
    ("children_count", "children", "", 0.0),
    ("rss_kib", "resident set", "KiB", 512.0),
)


def figures(values: Mapping[str, Sequence[float]], window_s: float) -> list[Figure]:
    """Return the figures of the rounds. `values` is by name, as `bench.rounds` collects it."""
    ratios = [
        Figure(what.format(window_s=window_s), unit, values[ours], values[beside], name, "ratio", limit)
        for what, unit, ours, beside, name, limit in RATIOS
    ]
    limits = [
        Figure(what, unit, values[ours], kind="value", limit=limit) for what, unit, ours, limit in LIMITS
    ]
    return [*ratios, *limits]


def growth(steady: Sequence[Steady]) -> list[Figure]:
    """Return what grew between the first and the last look of the soak."""
    first, last = steady[0], steady[-1]
    what = f"growth over {last.runs_count - first.runs_count:,} runs"
    return [
        Figure(
            f"{what}: {name}",
            unit,
            [getattr(last, field) - getattr(first, field)],
            kind="value",
            limit=limit,
        )
        for field, name, unit, limit in GROWTH
    ]
