"""An HTTP client that sends exactly the bytes it is given, for what real clients do not send."""

import socket
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Response:
    """One response; header names are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def connect(port: int, timeout_s: float = 10.0) -> socket.socket:
    """Return a connection to a loopback port."""
    return socket.create_connection(("127.0.0.1", port), timeout_s)


def get(port: int, path: str = "/metrics", method: str = "GET", **headers: str | None) -> bytes:
    """Return a request. Header names take _ for -; Host is the loopback one unless given, none if None."""
    fields = {"Host": f"127.0.0.1:{port}", **headers}
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in fields.items() if value is not None]
    return "\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""]).encode("latin-1")


def exchange(port: int, sent: bytes) -> list[Response]:
    """Send bytes, then no more; return all responses until the server closes."""
    with connect(port) as sock:
        sock.sendall(sent)
        sock.shutdown(socket.SHUT_WR)
        return parse(read_all(sock), is_head=sent.startswith(b"HEAD "))


def ask(port: int, path: str = "/metrics", method: str = "GET", **headers: str | None) -> Response:
    """Return the response to one request on a connection of its own."""
    with connect(port) as sock:
        sock.sendall(get(port, path, method, **headers))
        return read_one(sock, is_head=method == "HEAD")


def read_one(sock: socket.socket, *, is_head: bool = False) -> Response:
    """Read one response and no byte more; fails where the server closes before."""
    data = b""
    while not (found := parse(data, is_head=is_head)):
        chunk = sock.recv(65_536)
        assert chunk, f"closed after {data[:200]!r}"
        data += chunk
    assert len(found) == 1
    return found[0]


def read_all(sock: socket.socket) -> bytes:
    """Read until the server closes."""
    data = b""
    while chunk := sock.recv(65_536):
        data += chunk
    return data


def parse(data: bytes, *, is_head: bool = False) -> list[Response]:
    """Return the whole responses in what was received."""
    found = []
    while b"\r\n\r\n" in data:
        head, _, data = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        length = 0 if is_head or first.split()[1] == "304" else int(headers["content-length"])
        if len(data) < length:
            break
        found.append(Response(int(first.split()[1]), headers, data[:length]))
        data = data[length:]
    return found


def is_closed_within(sock: socket.socket, timeout_s: float) -> bool:
    """Whether the server closes this connection within so many seconds."""
    sock.settimeout(timeout_s)
    deadline_s = time.monotonic() + timeout_s
    try:
        while time.monotonic() < deadline_s:
            if not sock.recv(65_536):
                return True
    except TimeoutError:
        return False
    except ConnectionResetError:
        return True
    return False
