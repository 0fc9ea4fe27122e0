"""A desktop for the tray's tests: an X server, a bus, a panel of the old kind, and a host of the new kind.

    with screen() as display, bus() as address, Host(address) as host:
        …   # start the tray with DISPLAY and DBUS_SESSION_BUS_ADDRESS
        host.item().colour()

`Host` is what a desktop gives: org.kde.StatusNotifierWatcher (it registers icons), which reads an icon's
picture, tooltip and menu as a panel does, and org.freedesktop.Notifications, which keeps what was notified.
"""

import asyncio
import contextlib
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import pytest
from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus

WATCHER, NOTIFICATIONS = "org.kde.StatusNotifierWatcher", "org.freedesktop.Notifications"
ITEM, MENU, PROPERTIES = (
    "org.kde.StatusNotifierItem",
    "com.canonical.dbusmenu",
    "org.freedesktop.DBus.Properties",
)
WAIT_S = 30.0
NEAR = 12  # of 255
_WATCHER_SAYS = {
    "RegisteredStatusNotifierItems": Variant("as", []),
    "IsStatusNotifierHostRegistered": Variant("b", True),
    "ProtocolVersion": Variant("i", 0),
}


def wait_for(holds: Callable[[], Any], seconds: float = WAIT_S) -> Any:
    """Return the first true value of `holds`; fails after a generous time."""
    deadline_s = time.monotonic() + seconds
    while not (value := holds()):
        assert time.monotonic() < deadline_s, "did not come to hold in time"
        time.sleep(0.02)
    return value


@contextlib.contextmanager
def screen(*options: str) -> Iterator[str]:
    """An X server of its own; gives DISPLAY."""
    if shutil.which("Xvfb") is None:
        pytest.skip("needs Xvfb")
    read, write = os.pipe()
    argv = ["Xvfb", "-displayfd", str(write), "-screen", "0", "800x600x24", *options]
    with subprocess.Popen(argv, pass_fds=[write], stderr=subprocess.DEVNULL) as server:
        os.close(write)
        try:
            with os.fdopen(read) as told:
                yield f":{int(told.readline())}"
        finally:
            server.terminate()


@contextlib.contextmanager
def bus(folder: Path) -> Iterator[str]:
    """A session bus of its own; gives DBUS_SESSION_BUS_ADDRESS."""
    if shutil.which("dbus-daemon") is None:
        pytest.skip("needs dbus-daemon")
    address = f"unix:path={folder}/bus"
    argv = ["dbus-daemon", "--session", "--nofork", "--nosyslog", f"--address={address}"]
    with subprocess.Popen(argv, stderr=subprocess.DEVNULL) as daemon:
        try:
            wait_for((folder / "bus").exists)
            yield address
        finally:
            daemon.terminate()


@contextlib.contextmanager
def panel(
    display: str, *, is_dark: bool = False, width: str = "request"
) -> Iterator["subprocess.Popen[bytes]"]:
    """A panel of the old kind (XEMBED): trayer, at the bottom right, 32 pixels high."""
    tint = "0x202020" if is_dark else "0xffffff"
    place = ["--edge", "bottom", "--align", "right", "--widthtype", width, "--height", "32"]
    look = ["--transparent", "true", "--alpha", "0", "--tint", tint]
    env = {**os.environ, "DISPLAY": display}
    with subprocess.Popen(["trayer", *place, *look], env=env, stderr=subprocess.DEVNULL) as trayer:
        try:
            yield trayer
        finally:
            trayer.terminate()


class Host:
    """The host over D-Bus, with an event loop in a thread of its own."""

    def __init__(self, address: str, *names: str) -> None:
        self._address, self._names = address, names or (WATCHER, NOTIFICATIONS)
        self._loop = asyncio.new_event_loop()
        self._registered: list[str] = []
        self.notified: list[tuple[str, str]] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._run(self._connect())
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._bus.disconnect)
        self._loop.call_soon_threadsafe(self._loop.stop)

    def item(self, number: int = 0) -> "Item":
        """Return the registered icon, as soon as there is one."""
        wait_for(lambda: len(self._registered) > number)
        return Item(self, self._registered[number])

    def call(
        self, name: str, path: str, interface: str, member: str, signature: str, *body: Any
    ) -> list[Any]:
        """Call a method of an icon."""
        message = Message(name, path, interface, member, signature=signature, body=list(body))
        reply = self._run(self._bus.call(message))
        assert reply.message_type == MessageType.METHOD_RETURN, reply.body
        answered: list[Any] = reply.body
        return answered

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(WAIT_S)

    async def _connect(self) -> None:
        self._bus = await MessageBus(self._address).connect()
        self._bus.add_message_handler(self._answer)
        for name in self._names:
            await self._bus.request_name(name)

    def _answer(self, asked: Message) -> Message | None:
        if asked.message_type != MessageType.METHOD_CALL:
            return None
        match asked.member:
            case "RegisterStatusNotifierItem":
                given = asked.body[0]
                self._registered.append(f"{asked.sender}{given}" if given.startswith("/") else given)
                return Message.new_method_return(asked)
            case "Get":
                return Message.new_method_return(asked, "v", [_WATCHER_SAYS[asked.body[1]]])
            case "Notify":
                self.notified.append((asked.body[3], asked.body[4]))
                return Message.new_method_return(asked, "u", [len(self.notified)])
            case "GetCapabilities":
                return Message.new_method_return(asked, "as", [["body", "actions"]])
        return None


class Item:
    """One icon, read as a panel reads it."""

    def __init__(self, host: Host, registered: str) -> None:
        name, slash, path = registered.partition("/")
        self._host, self._name, self._path = host, name, slash + path or "/StatusNotifierItem"

    def read(self, what: str) -> Any:
        """Return a property of the icon."""
        (value,) = self._host.call(self._name, self._path, PROPERTIES, "Get", "ss", ITEM, what)
        return value.value

    def tooltip(self) -> str:
        """Return title and text of the tooltip."""
        _icon, _pixmaps, title, text = self.read("ToolTip")
        return f"{title}\n{text}".strip()

    def picture(self) -> tuple[int, bytes]:
        """Return the largest picture: side in pixels, and its pixels, 4 bytes each (ARGB, row by row)."""
        side, _height, pixels = max(self.read("IconPixmap"), key=lambda one: one[0])
        return side, bytes(pixels)

    def pixel(self, x: float, y: float) -> str:
        """Return the colour at a place of the picture (0..1 each), "" where it is transparent."""
        side, pixels = self.picture()
        at = 4 * (int(y * side) * side + int(x * side))
        return f"#{pixels[at + 1 : at + 4].hex()}" if pixels[at] > 127 else ""

    def menu(self) -> dict[str, int]:
        """Return the labels of the menu's entries, each with its number."""
        path = self.read("Menu")
        _revision, root = self._host.call(self._name, path, MENU, "GetLayout", "iias", 0, -1, ["label"])
        entries = (child.value for child in root[2])
        return {
            properties["label"].value: number
            for number, properties, _children in entries
            if "label" in properties
        }

    def click(self, label: str) -> None:
        """Click an entry of the menu."""
        event = (self.menu()[label], "clicked", Variant("s", ""), 0)
        self._host.call(self._name, self.read("Menu"), MENU, "Event", "isvu", *event)

    def activate(self) -> None:
        """Click the icon itself."""
        self._host.call(self._name, self._path, ITEM, "Activate", "ii", 0, 0)


def painted(display: str, colour: str, part: str = "800x600+0+0") -> int:
    """Count the pixels of a part of the screen that have this colour, or nearly."""
    argv = ["import", "-display", display, "-window", "root", "-crop", part, "-depth", "8", "rgb:-"]
    shot = subprocess.run(argv, stdout=subprocess.PIPE, check=True, timeout=WAIT_S).stdout
    red, green, blue = bytes.fromhex(colour[1:])
    near = (
        abs(r - red) < NEAR and abs(g - green) < NEAR and abs(b - blue) < NEAR
        for r, g, b in zip(shot[::3], shot[1::3], shot[2::3], strict=True)
    )
    return sum(near)
