"""`run`: the daemon. Serves the page of the last run first, then loads the checks and goes to work."""

import argparse
import logging
import os
import sys
from pathlib import Path
from typing import Any

from agent.cli import context
from agent.cli.main import EX_CONFIG, EX_LOCKED, fail
from agent.exposition import footprint, lastpage, metrics
from agent.exposition.exposure import Auth, ListenRefused, Tls
from agent.exposition.listener import Listener, health
from agent.exposition.publisher import Publisher
from agent.logtail import Tail
from agent.pulse import Pulse
from agent.running import Running
from agent.store.errors import StoreLocked
from config import secrets
from config.settings import Settings

HEALTHY_S = 45.0  # three turns of an idle core loop

log = logging.getLogger(__name__)


def add_parsers(subparsers: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401  argparse names no type
    """Add the command."""
    parser = subparsers.add_parser("run", parents=[common], help="run as the daemon")
    parser.add_argument("--first", action="store_true", help="show the pre-operation test first")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Watch this desk until SIGTERM; exit 75 if another daemon does."""
    tail = _log()
    settings, path = context.settings_of(options)
    secrets.guard(settings, path)
    state = context.state_of(options)
    page, pulse = metrics.Page(lastpage.load(state)), Pulse()
    listener = _listen(settings, path, page, pulse) if settings.metrics.enabled else None
    try:
        return _watch(options, settings, path, Publisher(page, listener, state), pulse, tail)
    except StoreLocked as error:
        if listener is not None:
            listener.stop()
        from agent.words import say  # noqa: PLC0415  words only where people read

        who = error.pid or "?"
        fail(say("deskready runs on this desk already (process {pid}).", options.lang, pid=who), EX_LOCKED)


def _watch(
    options: argparse.Namespace,
    settings: Settings,
    path: Path | None,
    publisher: Publisher,
    pulse: Pulse,
    tail: Tail,
) -> int:
    from agent.daemon import Daemon  # noqa: PLC0415  the page is served before the checks are loaded
    from agent.station import Station  # noqa: PLC0415

    footprint.share_one_heap()
    state = context.state_of(options)
    station = Station(settings, context.procedure_of(settings), state, pulse)
    station.running = Running(path, tail.lines, publisher.refusals)
    daemon = Daemon(station, publisher, state, path)
    if options.first:
        _show_first(options, station, settings)
    daemon.run()
    return 0


def _show_first(options: argparse.Namespace, station: Any, settings: Settings) -> None:  # noqa: ANN401
    """Run the pre-operation test with its live table before settling down as the daemon."""
    from agent import telling  # noqa: PLC0415  words only where people read
    from agent.cli.said import print_status  # noqa: PLC0415
    from agent.cli.table import Table  # noqa: PLC0415  rich is loaded only where people read
    from agent.words import say  # noqa: PLC0415

    station.find_devices()
    with Table(station.procedure, settings, options.lang, "preop") as table:
        station.preop(table.add)
        answer = station.ready()
        table.conclude(answer)
    print_status(answer, telling.explained(answer, settings, station.procedure, options.lang), options.lang)
    print()
    print(say("Watching this desk from now on. Metrics: {url}", options.lang, url=_url(settings)))
    sys.stdout.flush()


def _listen(settings: Settings, path: Path | None, page: metrics.Page, pulse: Pulse) -> Listener:
    """Serve the page, with TLS and a secret where the settings give them. Ends the program if refused."""
    own = settings.metrics
    auth = None
    if own.auth:
        secret = secrets.resolve(own.auth, path, os.environ)
        auth = Auth("basic" if own.user else "bearer", secret.reveal, own.user)
    tls = Tls(own.tls_cert, own.tls_key) if own.tls_cert else None
    routes = {"/metrics": page.read, "/healthz": health(pulse.age_s, HEALTHY_S)}
    try:
        listener = Listener(own.listen, routes, tls=tls, auth=auth, extra_hosts=own.hosts)
    except ListenRefused as error:
        fail(str(error), EX_CONFIG)
    listener.start()
    return listener


def _url(settings: Settings) -> str:
    return f"http://{settings.metrics.listen}/metrics"


def _log() -> Tail:
    """One line on stderr for each event (systemd adds time and unit), the newest ones also in memory."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    tail = Tail()
    logging.getLogger().addHandler(tail)
    return tail
