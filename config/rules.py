"""What settings must also be, beyond keys and kinds: names that exist, addresses that work, no open door.

Each rule yields `Problem`s. `cautions` are what is allowed and still worth a line.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from config import urls
from config.devices import Printer, Scanner, Snmp, Step
from config.strict import Path, Problem, hint
from config.tables import Fleet, Metrics, Notify, Page, Settings, Ticket

MIN_EVERY_S = 300.0  # 500 desks must not hammer a company system
_UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_REFERENCE = re.compile(r"^secret:[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")
_SECRET_FIELD = re.compile(r"pass|pwd|^pw$|secret|token|api[_-]?key|authorization|cookie", re.IGNORECASE)
_FILLED = re.compile(r"\$\{[^}]+\}")
_SCHEMES = {"email": ("smtp", "smtps"), "webhook": ("https", "http")}
_WEB = ("https", "http")
_NEEDED = {
    "redmine": ("secret",),
    "rt": ("secret",),
    "servicenow": ("secret",),
    "jira": ("secret",),
    "jsm": ("secret",),
    "glpi": ("secret",),
    "glpi2": ("secret",),
    "zammad": ("secret", "user"),
    "email": ("mail_from", "mail_to"),
}
# Without these nothing is filed yet; the desk works all the same.
_NEEDED_TO_FILE = {
    "redmine": ("project", "key_field"),
    "rt": ("project",),
    "jira": ("project",),
    "jsm": ("project", "type"),
}


def problems(settings: Settings) -> Iterator[Problem]:
    """Yield every error of settings that have the right shape."""
    for rule in _RULES:
        yield from rule(settings)


def cautions(settings: Settings) -> Iterator[Problem]:
    """Yield what works and is not safe or not whole: systems without TLS, a ticket server half set up."""
    for key in unfiled(settings.ticket):
        words = f"is missing: until it is given, no ticket is filed in {settings.ticket.backend}"
        yield Problem(("ticket", key), words)
    for index, system in enumerate(settings.system):
        if system.url.startswith("http:"):
            yield Problem(("system", index, "url"), "is not encrypted; https is safer")
    for index, one in enumerate(settings.transaction):
        if one.base_url.startswith("http:"):
            yield Problem(
                ("transaction", index, "base_url"), "is not encrypted; the log-in can be read on the way"
            )


def unfiled(row: Ticket | Notify) -> tuple[str, ...]:
    """Return the keys that are still missing before anything may be filed with this receiver."""
    return tuple(key for key in _NEEDED_TO_FILE.get(row.backend, ()) if not getattr(row, key))


def seconds(duration: str) -> float:
    """Return the length of a `Duration` such as "800ms" in seconds."""
    digits = duration.rstrip("hms")
    return int(digits) * _UNIT_S[duration[len(digits) :]]


def _names(settings: Settings) -> Iterator[Problem]:
    """No two devices of a kind share a name: the name is the label and the `--device`."""
    for table, key in _NAMED:
        seen: dict[str, int] = {}
        for index, row in enumerate(getattr(settings, table)):
            name = getattr(row, key)
            if name in seen:
                yield Problem((table, index, key), f"{name!r} is the name of {table}[{seen[name]}] already")
            seen.setdefault(name, index)


def _substitutes(settings: Settings) -> Iterator[Problem]:
    """A substitute is another device of the same kind."""
    tables: tuple[tuple[str, Sequence[Printer | Scanner]], ...] = (
        ("printer", settings.printer),
        ("scanner", settings.scanner),
    )
    for table, rows in tables:
        names = [row.name for row in rows]
        for index, row in enumerate(rows):
            for wanted in row.substitutes:
                others = [name for name in names if name != row.name]
                if wanted == row.name:
                    yield Problem((table, index, "substitutes"), "a device cannot stand in for itself")
                elif wanted not in others:
                    yield Problem(
                        (table, index, "substitutes"), f"no such {table} {wanted!r}{hint(wanted, others)}"
                    )


def _printers(settings: Settings) -> Iterator[Problem]:
    for index, printer in enumerate(settings.printer):
        path: Path = ("printer", index)
        if not (printer.host or printer.queue or printer.ipp):
            yield Problem(path, 'needs host = "ADDRESS", ipp = "ipp://…" or queue = "NAME"')
        if printer.host and not urls.is_host(printer.host):
            yield Problem((*path, "host"), "must be a name or an IP address, without scheme, port or path")
        yield from _snmp(printer.snmp, (*path, "snmp"))
        yield from _url(printer.ipp, ("ipp", "ipps", *_WEB), (*path, "ipp"))


def _snmp(snmp: Snmp, path: Path) -> Iterator[Problem]:
    for key in ("auth", "privacy"):
        if getattr(snmp, key) and not _REFERENCE.match(getattr(snmp, key)):
            yield Problem(
                (*path, key), 'must be a reference "secret:NAME" (only a v1 or v2c community may be plain)'
            )
    if snmp.community.startswith("secret:") and not _REFERENCE.match(snmp.community):
        yield Problem((*path, "community"), 'must be plain text or a reference "secret:NAME"')
    if snmp.version != "3":
        return
    if not snmp.user:
        yield Problem((*path, "user"), "is missing: SNMPv3 reads as a user")
    if snmp.privacy and not snmp.auth:
        yield Problem((*path, "auth"), "is missing: SNMPv3 has no privacy without authentication")


def _scanners(settings: Settings) -> Iterator[Problem]:
    for index, scanner in enumerate(settings.scanner):
        if not (scanner.sane or scanner.escl or scanner.wia):
            yield Problem(("scanner", index), "needs one of sane, escl, wia")
        yield from _url(scanner.escl, _WEB, ("scanner", index, "escl"))


def _sensors(settings: Settings) -> Iterator[Problem]:
    for index, sensor in enumerate(settings.sensor):
        if not sensor.port:
            yield Problem(
                ("sensor", index, "port"), 'must name a serial port, such as "/dev/ttyUSB0" or "COM3"'
            )


def _network(settings: Settings) -> Iterator[Problem]:
    network = settings.network
    if network.gateway != "auto" and not urls.is_ip(network.gateway):
        yield Problem(("network", "gateway"), 'must be "auto" or an IP address')
    for index, name in enumerate(network.dns):
        if not urls.is_host(name):
            yield Problem(("network", "dns", index), "must be a host name")
    for index, url in enumerate(network.internet):
        yield from _url(url, _WEB, ("network", "internet", index), is_needed=True)


def _systems(settings: Settings) -> Iterator[Problem]:
    for index, system in enumerate(settings.system):
        yield from _url(system.url, _WEB, ("system", index, "url"), is_needed=True)


def _transactions(settings: Settings) -> Iterator[Problem]:
    for index, one in enumerate(settings.transaction):
        path: Path = ("transaction", index)
        yield from _url(one.base_url, _WEB, (*path, "base_url"), is_needed=True)
        if seconds(one.every) < MIN_EVERY_S:
            yield Problem((*path, "every"), 'must be at least "5m": every desk asks the same server')
        if one.settings_file:
            yield Problem((*path, "settings_file"), "unknown key")
        if not one.step:
            yield Problem((*path, "step"), "needs at least one [[transaction.step]]")
        for number, step in enumerate(one.step):
            yield from _step(step, (*path, "step", number))


def _step(step: Step, path: Path) -> Iterator[Problem]:
    if bool(step.get) == bool(step.post):
        yield Problem(path, "needs one of get and post")
    elif not (step.get or step.post).startswith("/"):
        yield Problem((*path, "get" if step.get else "post"), 'must begin with "/": it follows base_url')
    if step.form and not step.post:
        yield Problem((*path, "form"), "needs post")
    if step.expect.warn_within and seconds(step.expect.warn_within) > seconds(step.expect.within):
        yield Problem((*path, "expect", "warn_within"), "must not be longer than within")
    for table in ("form", "header"):
        for key, value in getattr(step, table).items():
            if _SECRET_FIELD.search(key) and value and not _FILLED.search(value):
                words = (
                    'looks like a secret: write "${secret.NAME}", the secret itself never stands in this file'
                )
                yield Problem((*path, table, key), words)


def _ticket(settings: Settings) -> Iterator[Problem]:
    if settings.ticket.backend != "none":
        yield from _receiver(settings.ticket, ("ticket",))
    for index, row in enumerate(settings.notify):
        yield from _receiver(row, ("notify", index))


def _receiver(row: Ticket | Notify, path: Path) -> Iterator[Problem]:
    schemes = _SCHEMES.get(row.backend, _WEB)
    yield from _url(_FILLED.sub("x", row.url), schemes, (*path, "url"), is_needed=True)
    yield from _needed_by_backend(row, path)
    if urls.is_in_clear(row.url) and (row.secret or _FILLED.search(row.url)):
        yield Problem((*path, "url"), "must be https: the secret could be read on the way")
    if urls.has_key_in_query(row.url):
        yield Problem((*path, "url"), 'must not hold the key itself: write it as "${secret.NAME}"')


def _needed_by_backend(row: Ticket | Notify, path: Path) -> Iterator[Problem]:
    for key in _NEEDED.get(row.backend, ()):
        if not getattr(row, key):
            yield Problem((*path, key), f"is missing: {row.backend} needs it")
    if (
        isinstance(row, Ticket)
        and row.backend == "redmine"
        and row.key_field
        and not row.key_field.isdecimal()
    ):
        yield Problem((*path, "key_field"), "must be the field's number: Redmine searches by that")
    if row.template and not _is_json(row.template):
        yield Problem((*path, "template"), "must be JSON")


def _is_json(text: str) -> bool:
    try:
        msgspec.json.decode(text)
    except msgspec.DecodeError:
        return False
    return True


def _listeners(settings: Settings) -> Iterator[Problem]:
    metrics, page = settings.metrics, settings.page
    yield from _metrics(metrics)
    yield from _page(page)
    if metrics.enabled and page.enabled and metrics.listen == page.listen:
        yield Problem(("page", "listen"), "is the address of [metrics] already")


def _metrics(metrics: Metrics) -> Iterator[Problem]:
    path: Path = ("metrics", "listen")
    place = urls.listener(metrics.listen)
    if bool(metrics.tls_cert) != bool(metrics.tls_key):
        yield Problem(("metrics",), "tls_cert and tls_key go together")
    if metrics.user and not metrics.auth:
        yield Problem(("metrics", "auth"), "is missing: user is for Basic authentication")
    if place is None:
        yield Problem(path, 'must be an IP address and a port, such as "127.0.0.1:9842"')
    elif not place.is_loopback and not (metrics.tls_cert and metrics.tls_key and metrics.auth):
        yield Problem(
            path, "is open to the network and needs tls_cert, tls_key and auth; only loopback does not"
        )


def _page(page: Page) -> Iterator[Problem]:
    place = urls.listener(page.listen)
    if place is None or not place.is_loopback:
        yield Problem(("page", "listen"), 'must be a loopback address and a port, such as "127.0.0.1:9843"')


def _fleet(settings: Settings) -> Iterator[Problem]:
    fleet: Fleet = settings.fleet
    yield from _url(fleet.postgres, ("postgresql", "postgres"), ("fleet", "postgres"), may_name_user=True)
    yield from _url(fleet.remote_write, _WEB, ("fleet", "remote_write"))
    if urls.is_in_clear(fleet.remote_write) and fleet.remote_write_secret:
        yield Problem(("fleet", "remote_write"), "must be https: the secret could be read on the way")


def _url(
    url: str, schemes: Iterable[str], path: Path, *, is_needed: bool = False, may_name_user: bool = False
) -> Iterator[Problem]:
    if url or is_needed:
        words = urls.wrong(url, tuple(schemes), may_name_user=may_name_user)
        if words:
            yield Problem(path, words)


_NAMED = (
    ("printer", "name"),
    ("scanner", "name"),
    ("sensor", "name"),
    ("system", "name"),
    ("transaction", "id"),
)
_RULES: tuple[Callable[[Settings], Iterator[Problem]], ...] = (
    _names,
    _substitutes,
    _printers,
    _scanners,
    _sensors,
    _network,
    _systems,
    _transactions,
    _ticket,
    _listeners,
    _fleet,
)
