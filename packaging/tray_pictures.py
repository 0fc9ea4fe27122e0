"""Pictures of the tray with its menu: the real tray in a real panel; the results are made up."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import msgspec
from glance_desk import SETTINGS, Faces
from panel import painted, panel, screen, wait_for

from agent.control import ControlServer
from agent.orders import answer
from agent.tray import icons
from config.tables import Settings

_PLACES = {"zh": ("前台", "财务室"), "en": ("front office", "finance office")}
_SIGNS = {"green": icons.GREEN, "amber": icons.ORANGE, "red": icons.VERMILLION, "grey": icons.GREY}
_ICON_AT = ("787", "570")  # the upper edge of the panel's only icon, on a screen of 800 by 600
_SETTLE_S = 1.0  # for a menu that opens with no word of it
_CUT = "560x230+240+370"
_GREY_MIN = 30  # pixels of a sign; the grey one is thin


def _good(desk: Faces) -> None:
    desk.all_good()


def _jammed(desk: Faces) -> None:
    desk.all_good()
    desk.jam()


STATES: Mapping[str, Callable[[Faces], None] | None] = {
    "green": _good,
    "amber": _jammed,  # with another printer that works
    "red": _jammed,  # without
    "grey": None,  # nobody answers
}


def take(colour: str, lang: str, look: str) -> bytes:
    """Return the picture as PNG."""
    with ExitStack() as stack:
        state = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="picture-")))
        display = stack.enter_context(screen("-wr" if look == "light" else "-br"))
        stack.enter_context(panel(display, is_dark=look == "dark", width="percent"))
        if make := STATES[colour]:
            _serve(stack, state, make, _settings(colour, lang))
        own = {"DISPLAY": display, "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent"}
        argv = [sys.executable, "-m", "agent.cli.main", "tray", "--lang", lang, "--state", str(state)]
        tray = subprocess.Popen(argv, env={**os.environ, **own, "XDG_RUNTIME_DIR": str(state)})
        stack.callback(tray.wait)
        stack.callback(tray.kill)
        wait_for(lambda: painted(display, _SIGNS[colour]) > _GREY_MIN)
        return _shot(display)


def _settings(colour: str, lang: str) -> Settings:
    """The desk of the tests, its places named in the language; red has no second printer."""
    printers = [
        msgspec.structs.replace(one, place=place)
        for one, place in zip(SETTINGS.printer, _PLACES[lang], strict=True)
    ]
    if colour == "red":
        printers = [msgspec.structs.replace(printers[0], substitutes=())]
    return msgspec.structs.replace(SETTINGS, printer=tuple(printers))


def _serve(stack: ExitStack, state: Path, make: Callable[[Faces], None], settings: Settings) -> None:
    desk = Faces(state, settings)
    stack.callback(desk.station.close)
    desk.station.tokens.address = "http://127.0.0.1:9843"
    make(desk)
    for news in iter(lambda: desk.look()["notify"], None):
        desk.station.herald.told(news["key"])  # a notification would stand before the menu
    server = ControlServer(state, partial(answer, desk.station))
    server.start()
    stack.callback(server.stop)


def _shot(display: str) -> bytes:
    """Open the menu as a person does and take the corner of the screen."""
    env = {**os.environ, "DISPLAY": display}
    subprocess.run(["xdotool", "mousemove", *_ICON_AT, "click", "3"], env=env, check=True)
    time.sleep(_SETTLE_S)
    subprocess.run(["xdotool", "mousemove", "0", "0"], env=env, check=True)
    argv = ["import", "-display", display, "-window", "root", "-crop", _CUT, "+repage", "-strip", "png:-"]
    return subprocess.run(argv, stdout=subprocess.PIPE, check=True).stdout
