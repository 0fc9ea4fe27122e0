"""What is checked here and who can see it: from the procedure, the settings and the rows of this desk."""

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import msgspec

from agent import words
from agent.exposition import exposure
from agent.page.asked import Asked, Shown
from agent.station import Station
from agent.words import Lang, say
from config.messages import mark

# What the checks of a capability read, and what they leave alone.
_READS: Mapping[str, str] = {
    "computer": mark(
        "How the computer is: start, memory, drives, screens that are connected, power, temperature, "
        "crashes, and the name of the program that uses the most memory. No file, no picture of the screen "
        "and no key that you press."
    ),
    "network": mark(
        "Whether cable or Wi-Fi, router, name service and the addresses in the settings answer. "
        "Not which pages you open."
    ),
    "core_system": mark(
        "Whether the company system answers, and how fast. It is asked without your account and password."
    ),
    "printing": mark(
        "What the printer says of itself: state, paper, toner, page counter, serial number, and how many "
        "jobs wait. Not what is printed."
    ),
    "scanning": mark("Whether the scanner is there. Nothing is scanned for it."),
    "security": mark("Whether the computer's protection is switched on."),
    "environment": mark("Temperature, humidity and air of the room, where there is a sensor."),
}
_ANSWERS = mark(
    "Your answers in the morning, problems that you tell, what you do about a fault, and the start and end "
    "of work: each with its time and your user name on this computer."
)
_JOURNAL = mark(
    "The business steps that you log: a random case number, the step, what you ticked, codes and times, with "
    "your user name on this computer. No client's name and no paper."
)
_STORE = mark("On this computer: results, faults and answers, in the folder {folder}; at most {size}.")
_METRICS_HERE = mark("Numbers and states for IT's monitoring, on this computer only ({address}).")
_METRICS_NET = mark(
    "Numbers and states for IT's monitoring, which computers of the company's network can read ({address})."
)
_METRICS_OFF = mark("Numbers for IT's monitoring: switched off.")
_TICKETS = mark(
    "Tickets to IT at {where}: desk, device, fault, measured values, what was tried, and the note that you "
    "wrote. Your name is not in them."
)
_TICKETS_OFF = mark("Tickets to IT: none is set up, so nothing is sent.")
_NOTIFY = mark("The same to the channel {where}.")
_NEVER: tuple[str, ...] = (
    mark("clients' names, numbers, addresses and papers; a note that looks like them is refused"),
    mark("passwords and access keys"),
    mark("what you type, print, scan or open"),
    mark("how much or how fast you work; nobody is ranked"),
)
_MIB = 1024 * 1024


class Part(msgspec.Struct, frozen=True):
    """The checks of one capability that run on this desk."""

    title: str
    reads: str
    checks: tuple[str, ...]
    facts: tuple[str, ...]  # the names under which the results are kept


class Privacy(msgspec.Struct, frozen=True):
    """The whole page."""

    parts: tuple[Part, ...]
    told: tuple[str, ...]
    places: tuple[str, ...]
    never: tuple[str, ...]


def show(station: Station, asked: Asked) -> Shown:
    """Return what holds on this desk now."""
    lang = asked.lang
    view = Privacy(
        parts=tuple(_parts(station, lang)),
        told=(say(_ANSWERS, lang), say(_JOURNAL, lang)),
        places=tuple(_places(station, lang)),
        never=tuple(say(one, lang) for one in _NEVER),
    )
    return Shown("privacy.html", view)


def _parts(station: Station, lang: Lang) -> Iterator[Part]:
    for capability in station.procedure.rows.capability:
        rows = {
            job.row.id: job.row
            for job in station.desk.jobs.values()
            if job.off is None and job.row.capability == capability.id
        }
        if rows:
            yield Part(
                title=words.text(capability.title, lang),
                reads=say(_READS[capability.id], lang) if capability.id in _READS else "",
                checks=tuple(words.text(row.title, lang) for row in rows.values()),
                facts=tuple(dict.fromkeys(name for row in rows.values() for name in row.facts)),
            )


def _places(station: Station, lang: Lang) -> Iterator[str]:
    """Yield every place where something of this desk is kept or sent to."""
    own = station.settings
    size = words.size(own.store.max_mib * _MIB)
    yield say(_STORE, lang, folder=str(station.recorder.folder), size=size)
    if own.metrics.enabled:
        is_here = exposure.address(own.metrics.listen).is_loopback
        yield say(_METRICS_HERE if is_here else _METRICS_NET, lang, address=own.metrics.listen)
    else:
        yield say(_METRICS_OFF, lang)
    if own.ticket.backend == "none":
        yield say(_TICKETS_OFF, lang)
    else:
        yield say(_TICKETS, lang, where=_where(own.ticket.backend, own.ticket.url, own.ticket.mail_to))
    for one in own.notify:
        yield say(_NOTIFY, lang, where=_where(one.backend, one.url, one.mail_to))


def _where(backend: str, url: str, mail_to: str) -> str:
    """Name a receiver without what may be secret in its address."""
    return f"{backend} ({urlsplit(url).hostname or mail_to})"
