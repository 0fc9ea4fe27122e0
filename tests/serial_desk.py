"""Serial lines without hardware: a socat pty pair, with a pymodbus slave or a script at the far end."""

import asyncio
import contextlib
import fcntl
import os
import subprocess
import sys
import termios
import threading
import tty
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from controls import until
from pymodbus import FramerType
from pymodbus.server import ModbusSerialServer
from pymodbus.simulator import DataType, SimData, SimDevice

Script = Callable[[bytes], bytes]


@contextlib.contextmanager
def pair(folder: Path) -> Iterator[tuple[str, str]]:
    """Give the two ends of a line; whoever unplugs it ends the socat behind it."""
    near, far = folder / "near", folder / "far"
    argv = ["socat", f"pty,raw,echo=0,link={near}", f"pty,raw,echo=0,link={far}"]
    with subprocess.Popen(argv) as child:
        try:
            until(lambda: near.exists() and far.exists(), 20)
            yield str(near), str(far)
        finally:
            child.terminate()


@contextlib.contextmanager
def answering(far: str, script: Script) -> Iterator[list[bytes]]:
    """Answer whatever comes with what `script` makes of it; gives the list of what came."""
    heard: list[bytes] = []
    fd = os.open(far, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(fd)

    def serve() -> None:
        with contextlib.suppress(OSError):
            while chunk := os.read(fd, 256):
                heard.append(chunk)
                os.write(fd, script(chunk))

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield heard
    finally:
        os.close(fd)


def send(near: str, far: str, text: bytes) -> None:
    """Send `text` once; returns when it waits at the near end."""
    ends = [os.open(end, os.O_RDWR | os.O_NOCTTY) for end in (near, far)]
    os.write(ends[1], text)
    until(lambda: _waiting(ends[0]) >= len(text), 20)
    for end in ends:
        os.close(end)


def _waiting(fd: int) -> int:
    return int.from_bytes(fcntl.ioctl(fd, termios.FIONREAD, bytes(4)), sys.byteorder)


@contextlib.contextmanager
def sending(far: str, text: bytes, pause_s: float = 0.02) -> Iterator[None]:
    """Send `text` again and again, as sensors do that nobody asks."""
    stop = threading.Event()
    fd = os.open(far, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    tty.setraw(fd)

    def send() -> None:
        while not stop.wait(pause_s):
            with contextlib.suppress(OSError):  # full: nobody reads
                os.write(fd, text)

    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        os.close(fd)


@contextlib.contextmanager
def slave(far: str, devices: Mapping[int, tuple[int, ...]], baud: int = 9600) -> Iterator[None]:
    """A pymodbus slave: for each id the registers from number 0 on, the same for functions 3 and 4."""
    loop = asyncio.new_event_loop()
    context = [
        SimDevice(number, [SimData(0, values=list(words), datatype=DataType.REGISTERS)])
        for number, words in devices.items()
    ]

    async def start() -> ModbusSerialServer:
        server = ModbusSerialServer(context, framer=FramerType.RTU, port=far, baudrate=baud)
        await server.listen()
        return server

    server = loop.run_until_complete(start())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        asyncio.run_coroutine_threadsafe(server.shutdown(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
