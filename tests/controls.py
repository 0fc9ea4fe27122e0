"""A control socket to talk to, and a client that sends exactly the bytes it is given."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from agent import control
from agent.control import Body, ControlError, ControlServer, Progress

Handle = Callable[[Body, Progress], Body]
Start = Callable[..., ControlServer]


def echo(request: Body, progress: Progress) -> Body:
    """Answer with the request as it was sent, after as many progress lines as it asks for."""
    for number in range(request.get("steps", 0)):
        progress({"step": number})
    if request["op"] == "refuse":
        raise ControlError("no_such_device", "there is no printer:x")
    return {"echo": {name: value for name, value in request.items() if name != "uid"}}


def until(is_so: Callable[[], bool], timeout_s: float = 5.0) -> None:
    deadline_s = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline_s
        time.sleep(0.01)


def raw(folder: Path, sent: bytes, *, ends: bool = True) -> list[Any]:
    """Send bytes as they are; return the lines of the reply."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(10)
        sock.connect(str(folder / control.NAME))
        data = b""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            sock.sendall(sent)
            if ends:
                sock.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionResetError):
            while chunk := sock.recv(65_536):
                data += chunk
    return [msgspec.json.decode(line) for line in data.splitlines()]


def footprint() -> tuple[int, int]:
    return len(list(Path("/proc/self/fd").iterdir())), threading.active_count()


@contextlib.contextmanager
def starting(default_folder: Path) -> Iterator[Start]:
    """Give a function that starts servers; all are stopped at the end."""
    with contextlib.ExitStack() as stack:

        def begin(handle: Handle = echo, folder: Path = default_folder) -> ControlServer:
            server = ControlServer(folder, handle)
            server.start()
            stack.callback(server.stop)
            return server

        yield begin
