"""The real daemon, a simulated printer and the real tray in two real panels: green, jam, cleared, killed."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import tree
from at_work import COMPANY
from desks import Desk
from netbox import Box
from paper import CLEARED, JAMMED, SETTINGS, Paper, paper

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)
from panel import Host, Item, bus, painted, panel, screen, wait_for

from agent import control
from agent.tray import icons

pytestmark = [pytest.mark.root, pytest.mark.slow, pytest.mark.timeout(280)]
SEEN_WITHIN_S = 2.0


class Seen:
    """The same desk in two panels: one over D-Bus, one in the X11 system tray."""

    def __init__(self, state: Path, stack: ExitStack) -> None:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="desktop-")))
        self.state = state
        self.display = stack.enter_context(screen())
        self._old_display = stack.enter_context(screen())
        address = stack.enter_context(bus(folder))
        self.host = stack.enter_context(Host(address))
        stack.enter_context(panel(self._old_display))
        for display, own_bus in ((self.display, address), (self._old_display, "unix:path=/nonexistent")):
            own = {"DISPLAY": display, "DBUS_SESSION_BUS_ADDRESS": own_bus, "XDG_RUNTIME_DIR": str(folder)}
            own["QT_QPA_PLATFORM"] = "xcb"
            argv = [sys.executable, "-m", "agent.cli.main", "tray", "--lang", "zh", "--state", str(state)]
            child = subprocess.Popen(argv, env={**os.environ, **own}, cwd=tree.ROOT)
            stack.callback(child.wait)
            stack.callback(child.kill)

    @property
    def item(self) -> Item:
        return self.host.item()

    def colour(self) -> str:
        return self.item.pixel(0.5, 0.06)

    def verdict(self) -> str:
        return str(control.ask(self.state, {"op": "status"}, 10)["verdict"])

    def is_in_both(self, colour: str) -> bool:
        return self.colour() == colour and painted(self._old_display, colour) > 30

    def is_nowhere(self, colour: str) -> bool:
        return self.colour() != colour and painted(self._old_display, colour) == 0


@pytest.fixture
def printer(box: Box) -> Iterator[Paper]:
    with paper(box) as printer:
        yield printer


@pytest.fixture
def office(box: Box, tmp_path: Path, printer: Paper) -> Desk:
    (tmp_path / "procedure.d").mkdir()
    (tmp_path / "procedure.d/company.toml").write_text(COMPANY)
    printer.become({})
    Desk.wait_for(printer.answers, 20)
    return Desk(box, tmp_path, SETTINGS)


def test_the_tray_says_what_the_desk_is(office: Desk, printer: Paper) -> None:
    with ExitStack() as stack:
        daemon = stack.enter_context(office.daemon())
        office.run("ready", "--confirm", "--json")
        seen = Seen(office.state, stack)
        wait_for(lambda: seen.verdict() == "green", 60)
        wait_for(lambda: seen.is_in_both(icons.GREEN))
        assert seen.item.pixel(28 / 64, 45 / 64) == icons.WHITE, "the tick"
        assert "可以开工 · 已查" in seen.item.tooltip()

        printer.become(JAMMED)
        wait_for(lambda: seen.verdict() == "red", 90)
        changed_s = time.monotonic()
        wait_for(lambda: seen.colour() == icons.VERMILLION)
        took_s = time.monotonic() - changed_s
        print(f"red in the tray {took_s:.2f} s after the verdict")
        assert took_s <= SEEN_WITHIN_S
        wait_for(lambda: seen.is_in_both(icons.VERMILLION) and seen.is_nowhere(icons.GREEN))
        assert seen.item.pixel(0.5, 0.5) == icons.WHITE, "the cross"
        assert "前台打印机：卡纸" in seen.item.tooltip()

        printer.become(CLEARED)
        wait_for(lambda: seen.is_in_both(icons.GREEN), 90)
        titles = [title for title, _text in wait_for(lambda: seen.host.notified)]
        assert titles == ["先不要开工：前台打印机：卡纸", "已解除：前台打印机：卡纸"]

        daemon.kill()
        daemon.wait(10)
        wait_for(lambda: seen.is_in_both(icons.GREY) and seen.is_nowhere(icons.GREEN))
        wait_for(lambda: "没有应答" in seen.item.tooltip())  # while a notification stands, it says the same


def test_a_daemon_that_hangs_is_not_shown_as_green(office: Desk) -> None:
    """Stopped as by SIGSTOP: the socket is there, nobody answers."""
    with ExitStack() as stack:
        daemon = stack.enter_context(office.daemon())
        office.run("ready", "--confirm", "--json")
        seen = Seen(office.state, stack)
        wait_for(lambda: seen.is_in_both(icons.GREEN), 60)
        daemon.send_signal(signal.SIGSTOP)
        try:
            wait_for(lambda: seen.is_in_both(icons.GREY) and seen.is_nowhere(icons.GREEN), 100)
        finally:
            daemon.send_signal(signal.SIGCONT)
        wait_for(lambda: seen.is_in_both(icons.GREEN), 60)
