"""What IT wants to know first: versions, procedure, settings, store, listeners, outbox, the last log lines.

All of it also stands in one block of text to be handed on.
"""

import platform
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec

from agent import __version__, clock, words
from agent.page.asked import Asked, Shown
from agent.privacy import hidden
from agent.station import Station
from agent.store.errors import StoreError
from agent.tickets import outbox
from agent.words import Lang, say
from config.messages import mark

_LINES_SHOWN = 60
_MIB = 1024 * 1024


class Fact(msgspec.Struct, frozen=True):
    """One line: what it is, and how it is here."""

    name: str
    value: str


class ForIt(msgspec.Struct, frozen=True):
    """The page. `block` is all of it as plain text, in English whatever the page's language is."""

    facts: tuple[Fact, ...]
    log: tuple[str, ...]
    block: str


def show(station: Station, asked: Asked) -> Shown:
    """Return the state of the program on this desk."""
    log = tuple(_plain(line, station) for line in station.running.log()[-_LINES_SHOWN:])
    block = [f"{fact.name}: {fact.value}" for fact in _facts(station, "en")]
    view = ForIt(tuple(_facts(station, asked.lang)), log, "\n".join([*block, "", *log]))
    return Shown("it.html", view)


def _facts(station: Station, lang: Lang) -> Iterator[Fact]:
    own, procedure, running = station.settings, station.procedure, station.running
    light = station.status(is_asked=True)
    yield Fact(say(mark("Desk"), lang), " ".join(filter(None, (own.station.site, own.station.name))))
    yield Fact(say(mark("Light"), lang), f"{light['verdict']} {_coverage(light)}; {_codes(light)}")
    yield Fact("deskready", __version__)
    yield Fact("Python", f"{platform.python_version()}, SQLite {sqlite3.sqlite_version}")
    yield Fact(say(mark("Operating system"), lang), platform.platform())
    yield Fact(
        say(mark("Procedure"), lang),
        f"{procedure.rows.procedure.id} {procedure.edition} ({procedure.rows.procedure.year}) "
        f"sha256 {procedure.sha256}",
    )
    nothing = say(mark("none; every setting is as shipped"), lang)
    yield Fact(say(mark("Settings"), lang), str(running.settings_path or nothing))
    if station.config_error:
        yield Fact(say(mark("Settings not taken"), lang), station.config_error)
    yield Fact(say(mark("Store"), lang), _store(station, lang))
    yield from _listeners(station, lang)
    yield from _outbox(station, lang)


def _coverage(light: dict[str, object]) -> str:
    coverage = msgspec.convert(light["coverage"], dict[str, int])
    return f"{coverage['checked']}/{coverage['total']}"


def _codes(light: dict[str, object]) -> str:
    reasons = msgspec.convert(light["reasons"], list[dict[str, str | None]])
    return ", ".join(filter(None, (" ".join(filter(None, (one["code"], one["device"]))) for one in reasons)))


def _store(station: Station, lang: Lang) -> str:
    """Name the folder and its size, or why it cannot be written."""
    folder = station.recorder.folder
    size = words.size(sum(_bytes(path) for path in folder.glob("deskready.db*")))
    limit = words.size(station.settings.store.max_mib * _MIB)
    trouble = station.recorder.error or say(mark("writable"), lang)
    return f"{folder}, {size} / {limit}, {trouble}"


def _bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # the write-ahead log comes and goes
        return 0


def _listeners(station: Station, lang: Lang) -> Iterator[Fact]:
    """Yield what is served where, and what was refused there since the start."""
    own = station.settings
    served = {
        "control": str(station.recorder.folder / "control.sock"),
        "metrics": own.metrics.listen if own.metrics.enabled else "",
        "page": station.tokens.address,
    }
    for name, where in served.items():
        counts = dict(station.running.refused.get(name, {}))
        refused = ", ".join(f"{reason} {count}" for reason, count in sorted(counts.items()))
        off = say(mark("not served"), lang)
        nothing = say(mark("nothing refused"), lang)
        told = say(mark("refused: {counts}"), lang, counts=refused) if refused else nothing
        yield Fact(say(mark("Listener “{name}”"), lang, name=name), f"{where or off}; {told}")


def _outbox(station: Station, lang: Lang) -> Iterator[Fact]:
    name = say(mark("Messages to IT"), lang)
    try:
        depths = outbox.depth(station.recorder.reader())
    except StoreError as error:
        yield Fact(name, error.code)
        return
    lines = [f"{one.sink} {one.state} {one.count} ({_since(one, lang)})" for one in depths]
    yield Fact(name, "; ".join(lines) or say(mark("nothing waits"), lang))
    for sink, code in station.sink_problems().items():
        yield Fact(say(mark("Receiver “{name}”"), lang, name=sink), code)


def _since(one: outbox.Depth, lang: Lang) -> str:
    return words.duration((clock.now().utc - one.oldest_utc).total_seconds(), lang)


def _plain(line: str, station: Station) -> str:
    """Blot out what looks like a client's data; the log should hold none of it anyway."""
    return hidden(line, station.procedure.rows.privacy)
