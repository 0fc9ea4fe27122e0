"""The far side of a desk in a box: a name server and web pages that can misbehave.

Commands come as lines ("dns silent", "web 503") and are answered with "ok"; the end of input ends it.
Run by `netbox.py` inside the gateway's namespace, never on a real network.
"""

import contextlib
import os
import socket
import socketserver
import ssl
import struct
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

NAMES = {b"\x04core\x04desk\x04test\0": "10.77.8.8", b"\x08internet\x04desk\x04test\0": "10.77.9.9"}
_HEADER = struct.Struct("!HHHHHH")
_ANSWER, _NXDOMAIN, _SERVFAIL = 0x8180, 0x8183, 0x8182
_TRICKLE_S = 0.1
mode = {"dns": "ok", "web": "ok"}


def reply(query: bytes, flags: int | None = None, question: bytes | None = None, query_id: int = 0) -> bytes:
    """Build an honest answer to a query, or one with something else in its place."""
    own_id = _HEADER.unpack_from(query)[0]
    asked = query[_HEADER.size :]
    owner, kind = asked[:-4].lower(), struct.unpack("!H", asked[-4:-2])[0]
    records = b""
    if owner in NAMES and kind == 1:
        records = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 4) + socket.inet_aton(NAMES[owner])
    elif owner == b"\0":
        records = b"\0" + struct.pack("!HHIH", 2, 1, 60, 3) + b"\x01a\0"
    is_known = owner in NAMES or owner == b"\0"
    code = flags if flags is not None else (_ANSWER if is_known else _NXDOMAIN)
    header = _HEADER.pack(own_id ^ query_id, code, 1, bool(records), 0, 0)
    return header + (asked if question is None else question) + records


def _many_records(query: bytes) -> bytes:
    return _HEADER.pack(_HEADER.unpack_from(query)[0], _ANSWER, 1, 65535, 0, 0) + query[_HEADER.size :]


DNS_MODES: Mapping[str, Callable[[bytes], list[bytes]]] = {
    "ok": lambda query: [reply(query)],
    "silent": lambda _query: [],
    "wrong_id": lambda query: [reply(query, query_id=1)],
    "query_again": lambda query: [query],
    "wrong_question": lambda query: [reply(query, question=b"\x04evil\x04desk\x04test\0\0\x01\0\x01")],
    "garbage": lambda _query: [os.urandom(40), b"", b"\0", b"\xff" * 4000],
    "cut_short": lambda query: [reply(query)[:-3]],
    "many_records": lambda query: [_many_records(query)],
    "nxdomain": lambda query: [reply(query, _NXDOMAIN)],
    "servfail": lambda query: [reply(query, _SERVFAIL)],
    "noise_then_ok": lambda query: [*[reply(query, query_id=n + 1) for n in range(50)], reply(query)],
}


class Names(socketserver.BaseRequestHandler):
    """One DNS question."""

    def handle(self) -> None:
        query, wire = self.request
        for one in DNS_MODES[mode["dns"]](query):
            wire.sendto(one, self.client_address)


class Web(socketserver.BaseRequestHandler):
    """One HTTP request; the path says how it is answered."""

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            head = self.request.recv(8192)
            self.answer(head.split(b" ")[1].decode().partition("?")[0])

    def answer(self, path: str) -> None:
        """Send what the path or the mode asks for."""
        is_plain = not isinstance(self.request, ssl.SSLSocket)
        if mode["web"] == "portal" and is_plain:
            self.status(302, "Location: http://portal.desk.test/login\r\n")
        elif mode["web"].isdigit():
            self.status(int(mode["web"]))
        elif path.startswith("/status/"):
            self.status(int(path.rpartition("/")[2]))
        elif path.startswith("/to/"):
            self.status(302, f"Location: {path[4:]}\r\n")
        elif path == "/generate_204":
            self.status(204)
        else:
            getattr(self, path.strip("/") or "page")()

    def status(self, code: int, headers: str = "") -> None:
        body = b"" if code == 204 else b"ok"
        text = f"HTTP/1.1 {code} Box\r\n{headers}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        self.request.sendall(text.encode() + body)

    def page(self) -> None:
        self.status(200)

    def silent(self) -> None:
        time.sleep(10)

    def close(self) -> None:
        pass

    def garbage(self) -> None:
        self.request.sendall(b"\x16\x03\x01 not http at all\r\n\r\n")

    def slow_headers(self) -> None:
        self.trickle(b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 200)

    def slow_body(self) -> None:
        self.request.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        self.trickle(b"x" * 1000)

    def endless_headers(self) -> None:
        self.request.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            self.request.sendall(b"X-A: " + b"b" * 60000 + b"\r\n")

    def endless_interim(self) -> None:
        while True:
            self.request.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)

    def endless_body(self) -> None:
        self.request.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            self.request.sendall(b"1000\r\n" + b"x" * 4096 + b"\r\n")

    def trickle(self, content: bytes) -> None:
        for byte in content:
            self.request.sendall(bytes([byte]))
            time.sleep(_TRICKLE_S)


class WebServer(socketserver.ThreadingTCPServer):
    """Pages on one port, over TLS where a certificate is given."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int, certificate: Path | None = None) -> None:
        self.trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if certificate else None
        if self.trust and certificate:
            self.trust.load_cert_chain(certificate)
        super().__init__(("", port), Web)

    def finish_request(self, request: Any, client_address: Any) -> None:
        with contextlib.suppress(OSError):
            request.settimeout(10)
            wire = self.trust.wrap_socket(request, server_side=True) if self.trust else request
            super().finish_request(wire, client_address)
            wire.close()


def main(folder: Path) -> None:
    """Serve until standard input ends."""
    names = socketserver.ThreadingUDPServer(("", 53), Names)
    pages = [
        WebServer(80),
        WebServer(443, folder / "good.pem"),
        WebServer(8443, folder / "expired.pem"),
        WebServer(9443, folder / "self.pem"),
    ]
    for server in (names, *pages):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print("ready", flush=True)
    for line in sys.stdin:
        what, _, value = line.strip().partition(" ")
        mode[what] = value
        print("ok", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
