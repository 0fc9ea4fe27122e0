"""The tray in a real panel, in front of a control socket that says what the test wants."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import tree

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)
from panel import Host, Item, bus, painted, panel, screen, wait_for

from agent.control import ControlServer
from agent.tray import icons

pytestmark = pytest.mark.slow
GREEN: dict[str, Any] = {
    "version": "1",
    "verdict": "green",
    "valid_for_s": 80.0,
    "headline": "可以开工 · 已查 18/18",
    "tooltip": "可以开工 · 已查 18/18\n09:30 的情况",
    "reasons": [],
    "notify": None,
    "menu": [{"id": "check", "label": "再检查", "order": {"op": "ready", "confirm": False}}],
    "poll_in_s": 0.0,
}
RED = GREEN | {
    "version": "2",
    "verdict": "red",
    "tooltip": "先不要开工\n前台打印机：卡纸",
    "reasons": [{"text": "前台打印机：卡纸"}],
    "notify": {"key": "worse:red:1", "title": "先不要开工：前台打印机：卡纸", "text": "停止打印。"},
}


class Scripted:
    """A control socket whose glance is what the test last said; a request for what is known is held."""

    def __init__(self, state_dir: Path) -> None:
        self.state_dir, self.asked = state_dir, list[dict[str, Any]]()
        self._glance, self._changed = GREEN, threading.Condition()
        self.start()

    def start(self) -> None:
        self.server = ControlServer(self.state_dir, self._answer)
        self.server.start()

    def say(self, glance: dict[str, Any]) -> None:
        with self._changed:
            self._glance = glance
            self._changed.notify_all()

    def told(self) -> set[str]:
        return {str(one.get("told")) for one in self.asked}

    def orders(self) -> list[dict[str, Any]]:
        return [one for one in self.asked if one["op"] != "glance"]

    def _answer(self, request: dict[str, Any], _progress: object) -> dict[str, Any]:
        self.asked.append(request)
        if request["op"] != "glance":
            return {"url": "http://127.0.0.1:1/#c=x"}
        with self._changed:
            self._changed.wait_for(lambda: self._glance["version"] != request["after"], 60)
            told = self._glance["notify"] and self._glance["notify"]["key"] == request["told"]
            return self._glance | ({"notify": None} if told else {})


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Scripted]:
    scripted = Scripted(tmp_path)
    yield scripted
    scripted.say(GREEN | {"version": "end"})
    scripted.server.stop()


@pytest.fixture(scope="module")
def desktop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    folder = tmp_path_factory.mktemp("desktop")
    with screen() as display, bus(folder) as address:
        own = {"DISPLAY": display, "DBUS_SESSION_BUS_ADDRESS": address, "XDG_RUNTIME_DIR": str(folder)}
        yield {**os.environ, **own, "QT_QPA_PLATFORM": "xcb"}


@contextmanager
def tray(daemon: Scripted, env: dict[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen(argv(daemon.state_dir), env=env, cwd=tree.ROOT, stderr=subprocess.PIPE) as child:
        try:
            yield child
        finally:
            child.kill()


def argv(state_dir: Path) -> list[str]:
    return [sys.executable, "-m", "agent.cli.main", "tray", "--lang", "zh", "--state", str(state_dir)]


def becomes(item: Item, colour: str) -> None:
    wait_for(lambda: item.pixel(0.5, 0.06) == colour)


def test_the_light_with_its_words_is_in_the_panel(daemon: Scripted, desktop: dict[str, str]) -> None:
    with Host(desktop["DBUS_SESSION_BUS_ADDRESS"]) as host, tray(daemon, desktop):
        item = host.item()
        becomes(item, icons.GREEN)
        assert GREEN["tooltip"] in item.tooltip()
        daemon.say(RED)
        becomes(item, icons.VERMILLION)
        assert item.pixel(0.5, 0.5) == icons.WHITE, "the cross"
        wait_for(lambda: RED["tooltip"] in item.tooltip())
        assert list(item.menu()) == [RED["headline"], "前台打印机：卡纸", "再检查", "退出"]


def test_news_is_shown_once_and_said_to_have_been(daemon: Scripted, desktop: dict[str, str]) -> None:
    with Host(desktop["DBUS_SESSION_BUS_ADDRESS"]) as host, tray(daemon, desktop):
        becomes(host.item(), icons.GREEN)
        daemon.say(RED)
        wait_for(lambda: RED["notify"]["key"] in daemon.told())
        daemon.say(RED | {"version": "3"})
        daemon.say(GREEN | {"version": "4"})
        becomes(host.item(), icons.GREEN)
        assert host.notified == [(RED["notify"]["title"], RED["notify"]["text"])]


def test_an_entry_of_the_menu_gives_its_order(daemon: Scripted, desktop: dict[str, str]) -> None:
    with Host(desktop["DBUS_SESSION_BUS_ADDRESS"]) as host, tray(daemon, desktop) as child:
        becomes(host.item(), icons.GREEN)
        host.item().click("再检查")
        (order,) = wait_for(daemon.orders)
        assert (order["op"], order["confirm"], bool(order["by"])) == ("ready", False, True)
        host.item().click("退出")
        assert child.wait(20) == 0


def test_a_view_is_asked_of_the_page(daemon: Scripted, desktop: dict[str, str], tmp_path: Path) -> None:
    opened = tmp_path / "opened"
    (tmp_path / "xdg-open").write_text(f'#!/bin/sh\necho "$1" > {opened}\n')
    (tmp_path / "xdg-open").chmod(0o755)
    env = desktop | {"PATH": f"{tmp_path}:{desktop['PATH']}", "XDG_CURRENT_DESKTOP": "X-Generic"}
    daemon.say(GREEN | {"version": "9", "menu": [{"id": "today", "label": "开工卡", "view": "today"}]})
    with Host(env["DBUS_SESSION_BUS_ADDRESS"]) as host, tray(daemon, env):
        becomes(host.item(), icons.GREEN)
        host.item().activate()
        (order,) = wait_for(daemon.orders)
        assert order["op"] == "page.code"
        wait_for(opened.exists)
        wait_for(lambda: opened.read_text().strip() == "http://127.0.0.1:1/#c=x&v=today")


def test_a_daemon_that_falls_silent_turns_it_grey(daemon: Scripted, desktop: dict[str, str]) -> None:
    daemon.say(GREEN | {"version": "5", "valid_for_s": 3.0})
    with Host(desktop["DBUS_SESSION_BUS_ADDRESS"]) as host, tray(daemon, desktop):
        becomes(host.item(), icons.GREEN)
        becomes(host.item(), icons.GREY)
        assert "没有应答" in host.item().tooltip()
        daemon.say(GREEN | {"version": "6"})
        becomes(host.item(), icons.GREEN)


def test_a_daemon_that_ends_turns_it_grey_and_one_that_starts_is_found(
    daemon: Scripted, desktop: dict[str, str]
) -> None:
    with Host(desktop["DBUS_SESSION_BUS_ADDRESS"]) as host, tray(daemon, desktop):
        becomes(host.item(), icons.GREEN)
        daemon.server.stop()
        becomes(host.item(), icons.GREY)
        assert list(host.item().menu()) == ["检查程序没有应答，工位情况不明（不代表正常）", "退出"]
        daemon.start()
        becomes(host.item(), icons.GREEN)


def test_a_panel_that_starts_again_gets_the_icon_back(daemon: Scripted, desktop: dict[str, str]) -> None:
    with tray(daemon, desktop):
        for _ in range(3):  # the first comes up after the tray, as at log-in
            with Host(desktop["DBUS_SESSION_BUS_ADDRESS"]) as host:
                becomes(host.item(), icons.GREEN)


def test_an_old_panel_that_starts_again_gets_it_back(daemon: Scripted, desktop: dict[str, str]) -> None:
    env = desktop | {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent"}
    with tray(daemon, env):
        for is_dark in (False, True):
            with panel(env["DISPLAY"], is_dark=is_dark):
                wait_for(lambda: painted(env["DISPLAY"], icons.GREEN) > 100)
            wait_for(lambda: painted(env["DISPLAY"], icons.GREEN) == 0)


def test_one_a_session_and_the_next_after_a_kill(daemon: Scripted, desktop: dict[str, str]) -> None:
    with Host(desktop["DBUS_SESSION_BUS_ADDRESS"]) as host:
        with tray(daemon, desktop) as first:
            becomes(host.item(), icons.GREEN)
            second = subprocess.run(
                argv(daemon.state_dir), env=desktop, cwd=tree.ROOT, capture_output=True, check=False
            )
            assert second.returncode == 75
            assert "已经在运行" in second.stderr.decode()
            first.send_signal(signal.SIGKILL)
            first.wait(20)
        with tray(daemon, desktop):
            becomes(host.item(1), icons.GREEN)


def test_without_a_desktop_it_is_69_and_one_line(daemon: Scripted, desktop: dict[str, str]) -> None:
    env = {name: value for name, value in desktop.items() if name != "DISPLAY"}
    ran = subprocess.run(argv(daemon.state_dir), env=env, cwd=tree.ROOT, capture_output=True, check=False)
    assert ran.returncode == 69
    assert len(ran.stderr.splitlines()) == 1


def test_without_the_extra_it_is_69_and_one_line(tmp_path: Path) -> None:
    code = "import sys; sys.modules['PySide6'] = None; from agent.cli.main import main; sys.exit(main())"
    argv = [sys.executable, "-c", code, "tray", "--lang", "en", "--state", str(tmp_path)]
    ran = subprocess.run(argv, cwd=tree.ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 69
    assert ran.stderr == "deskready: The tray is not installed: pip install 'deskready[tray]'\n"
