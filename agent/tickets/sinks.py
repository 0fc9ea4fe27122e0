"""Who is told: [ticket] and every [[notify]] row, each with its secret looked up when it is needed."""

import re
from pathlib import Path

import msgspec

from agent.tickets.model import Target
from config import rules, secrets
from config.tables import Notify, Settings, Ticket

_INLINE = re.compile(r"\$\{secret\.([A-Za-z0-9][A-Za-z0-9_.-]{0,63})\}")


class Unready(Exception):  # noqa: N818  not wrong, only not finished; the message names the keys
    """A receiver lacks settings without which a search could find the wrong ticket."""


class Sink(msgspec.Struct, frozen=True):
    """One receiver by the name that metrics and rows use. A fallback gets what another one refused."""

    name: str
    row: Ticket | Notify
    is_fallback: bool = False


def sinks(settings: Settings) -> tuple[Sink, ...]:
    """Return the receivers in order; of two with one backend the second is "BACKEND.2"."""
    found: list[Sink] = []
    if settings.ticket.backend != "none":
        found.append(Sink(settings.ticket.backend, settings.ticket))
    for row in settings.notify:
        number = 1 + sum(sink.row.backend == row.backend for sink in found)
        name = row.backend if number == 1 else f"{row.backend}.{number}"
        found.append(Sink(name, row, row.when == "fallback"))
    return tuple(found)


def target(sink: Sink, settings_file: Path | None) -> Target:
    """Return where a sink is, with its secret in place. Raises SecretError; Unready if half set up."""
    row = sink.row
    if missing := rules.unfiled(row):
        raise Unready(", ".join(missing))
    own = {name: getattr(row, name) for name in Target.__struct_fields__ if hasattr(row, name)}
    url = _INLINE.sub(lambda found: secrets.resolve(f"secret:{found[1]}", settings_file).reveal(), row.url)
    secret = secrets.resolve(row.secret, settings_file).reveal() if row.secret else ""
    return Target(**{**own, "url": url, "secret": secret})
