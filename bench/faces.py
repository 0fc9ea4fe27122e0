"""The tray beside pystray: memory, start, and how soon a change of the light is seen.

Both show a sign in the same panel (trayer on a private X server). pystray only shows a picture; the tray has
asked a desk for the light. The light changes by a result that a real station takes in.
"""

import contextlib
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import glance_desk  # type: ignore[import-not-found]  # noqa: E402
from panel import painted, panel, screen, wait_for  # type: ignore[import-not-found]  # noqa: E402

from agent.control import ControlServer  # noqa: E402
from agent.orders import answer  # noqa: E402
from bench import footprint  # noqa: E402

LOCKED = ROOT / "requirements/bench.txt"
GREEN, RED = "#009e73", "#d55e00"
TRAY_AT = "64x40+736+560"  # of the screen: where the panel is
SIGN_PIXELS = 100
SETTLED_S = 3.0
PANEL_UP_S = 2.0


def measure(folder: Path, rounds_count: int) -> dict[str, list[float]]:
    """Return every value by name; pystray's are missing where it could not be installed."""
    folder.mkdir(exist_ok=True)
    values: dict[str, list[float]] = defaultdict(list)
    peer = _pystray(folder)
    for number in range(rounds_count):
        state = folder / f"desk-{number}"
        with screen() as display, panel(display), glance_desk.faces(state) as desk:
            env = {**os.environ, "DISPLAY": display, "XDG_RUNTIME_DIR": str(state)}
            time.sleep(PANEL_UP_S)  # pystray does not find a panel that comes up after it
            env["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=/nonexistent"
            if peer:
                _peer(values, peer, env, display)
            with _served(desk, state), _started(values, "tray", _own(state), env, display):
                values["tray.seen_ms"].append(_seen_ms(desk, display))
    return values


def _peer(values: dict[str, list[float]], argv: Sequence[str], env: Mapping[str, str], display: str) -> None:
    """Measure pystray, which now and then does not find the panel."""
    try:
        with _started(values, "pystray", argv, env, display):
            pass
    except AssertionError:
        sys.stderr.write("LEFT OUT: one round of pystray (it did not show its icon)\n")


@contextlib.contextmanager
def _started(
    values: dict[str, list[float]], name: str, argv: Sequence[str], env: Mapping[str, str], display: str
) -> Iterator[None]:
    """Start a program and note when its green sign is there, and its memory a little later."""
    began_s = time.monotonic()
    with subprocess.Popen(argv, env=env, cwd=ROOT) as child:
        try:
            wait_for(lambda: painted(display, GREEN, TRAY_AT) > SIGN_PIXELS)
            values[f"{name}.start_ms"].append(1000 * (time.monotonic() - began_s))
            time.sleep(SETTLED_S)
            values[f"{name}.rss_kib"].append(footprint.read(child.pid).rss_kib)
            yield
        finally:
            child.kill()
    wait_for(lambda: not painted(display, GREEN, TRAY_AT))


@contextlib.contextmanager
def _served(desk: "glance_desk.Faces", state: Path) -> Iterator[None]:
    """Let a good desk answer on its control socket."""
    desk.all_good()
    server = ControlServer(state, partial(answer, desk.station))
    server.start()
    try:
        yield
    finally:
        server.stop()


def _seen_ms(desk: "glance_desk.Faces", display: str) -> float:
    """Return the time from the result that turns the light red to the red sign."""
    link = ("network.link", "network")
    for _ in range(2):
        desk.see(link, "NET_LINK_DOWN")
    began_s = time.monotonic()
    desk.see(link, "NET_LINK_DOWN")
    if desk.look()["verdict"] != "red":
        raise RuntimeError("the desk did not turn red")
    wait_for(lambda: painted(display, RED, TRAY_AT) > SIGN_PIXELS)
    return 1000 * (time.monotonic() - began_s)


def _own(state: Path) -> list[str]:
    return [sys.executable, "-m", "agent.cli.main", "tray", "--lang", "zh", "--state", str(state)]


def _pystray(folder: Path) -> list[str] | None:
    """Install pystray in an environment of its own; None, and said so, where that fails."""
    environment = folder / "pystray"
    python = str(environment / "bin/python")
    install = [python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(LOCKED)]
    try:
        for argv in ([sys.executable, "-m", "venv", str(environment)], install):
            subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except subprocess.CalledProcessError:
        sys.stderr.write("LEFT OUT: the tray beside pystray (it could not be installed)\n")
        return None
    return [python, str(Path(__file__).with_name("pystray_icon.py")), GREEN]
