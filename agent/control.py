"""The control socket: how the command line, the tray and the page ask the daemon of this state folder.

A Unix stream socket, for the daemon's own user and root only (SO_PEERCRED, unix(7)), whose user id the
daemon writes into each request as "uid", whatever the client wrote there. One request a connection: one
JSON line {"op": …}; the reply is any number of lines {"progress": …} and then one line {"result": …} or
{"error": {"code": …, "message": …}}.
"""

import contextlib
import errno
import os
import socket
import stat
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

NAME = "control.sock"
REQUEST_MAX_BYTES = 65_536
REPLY_MAX_BYTES = 8_388_608  # one line
CLIENTS_MAX = 8
REQUEST_S = 5.0  # from the connection to the end of the request
SEND_S = 5.0  # a reader that takes no line for so long gets no more
_PATH_MAX_BYTES = 100  # sun_path holds 108
_BACKLOG = 16
_READ_BYTES = 65_536
_PASSING = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS, errno.ECONNABORTED}  # of accept
_CREDENTIALS = struct.Struct("3i")  # struct ucred: pid, uid, gid

Body: TypeAlias = dict[str, Any]
Progress: TypeAlias = Callable[[Body], None]


class ControlError(Exception):
    """The request was not answered. `code` is stable ("bad_request", "timeout"); `message` is one line."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class ControlAbsent(Exception):  # noqa: N818  often no error: the caller then does the work itself
    """No daemon listens in this state folder."""


class ControlServer:
    """Answers requests with `handle(request, progress)`, in a thread for each connection.

    `handle` raises ControlError to refuse; `progress` never fails, whether or not the client still reads.
    `refused` counts by reason.
    """

    def __init__(self, state_dir: Path, handle: Callable[[Body, Progress], Body]) -> None:
        self._state_dir = state_dir
        self._handle = handle
        self._free = threading.BoundedSemaphore(CLIENTS_MAX)
        self._clients: set[socket.socket] = set()
        self._server: socket.socket | None = None
        self.refused: Counter[str] = Counter()

    def start(self) -> None:
        """Listen, in the place of a daemon that was killed. Raises OSError, EADDRINUSE if one is alive."""
        self._server = _listen(self._state_dir)
        self._thread = threading.Thread(target=self._run, args=(self._server,), name="control", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take no more requests and remove the socket; clients that still wait are cut off."""
        if self._server is None:
            return
        self._server.shutdown(socket.SHUT_RDWR)  # wakes accept
        self._thread.join()
        self._server.close()
        self._server = None
        (self._state_dir / NAME).unlink(missing_ok=True)
        for client in list(self._clients):
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)

    def _run(self, server: socket.socket) -> None:
        while True:
            try:
                client, _ = server.accept()
            except OSError as error:
                if error.errno not in _PASSING:
                    return  # stopped
                time.sleep(0.1)
                continue
            uid = _uid(client)
            if uid not in {os.geteuid(), 0}:
                self.refused["user"] += 1
                client.close()
            elif not self._free.acquire(blocking=False):
                self.refused["busy"] += 1
                with client:
                    _Reply(client).error(ControlError("busy", f"{CLIENTS_MAX} requests are being answered"))
            else:
                self._clients.add(client)
                threading.Thread(target=self._serve, args=(client, uid), name="control", daemon=True).start()

    def _serve(self, client: socket.socket, uid: int) -> None:
        try:
            with client:
                self._answer(client, uid)
        finally:
            self._clients.discard(client)
            self._free.release()

    def _answer(self, client: socket.socket, uid: int) -> None:
        reply = _Reply(client)
        try:
            request = _request(client)
        except ControlError as error:
            self.refused[error.code] += 1
            reply.error(error)
            return
        try:
            reply.send({"result": self._handle({**request, "uid": uid}, reply.progress)})
        except ControlError as error:
            reply.error(error)


class _Reply:
    """The lines to one client, from any thread. Once it does not read them in time it gets no more."""

    def __init__(self, client: socket.socket) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._is_gone = False

    def progress(self, progress: Body) -> None:
        self.send({"progress": progress})

    def error(self, error: ControlError) -> None:
        self.send({"error": {"code": error.code, "message": error.message}})

    def send(self, line: Body) -> None:
        encoded = msgspec.json.encode(line) + b"\n"
        with self._lock:
            if self._is_gone:
                return
            try:
                self._client.settimeout(SEND_S)
                self._client.sendall(encoded)
            except OSError:
                self._is_gone = True


def ask(
    state_dir: Path, request: Body, timeout_s: float, on_progress: Progress = lambda _progress: None
) -> Body:
    """Return the daemon's result. Raises ControlAbsent, or ControlError with its error or one of our own.

    Ours are "not_permitted", "busy", "timeout" (after `timeout_s` in all) and "cut" (no last line came).
    """
    for reply in _replies(state_dir, request, timeout_s):
        match reply:
            case {"result": dict(result)}:
                return result
            case {"error": {"code": str(code), "message": str(message)}}:
                raise ControlError(code, message)
            case {"progress": dict(progress)}:
                on_progress(progress)
    raise ControlError("cut", "the daemon ended before its answer; its log says why")


def _replies(state_dir: Path, request: Body, timeout_s: float) -> Iterator[Any]:
    """Yield what the daemon says, until it ends. Raises as `ask`."""
    deadline_s = time.monotonic() + timeout_s
    try:
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(timeout_s)
            _at(state_dir, sock.connect)
            with contextlib.suppress(BrokenPipeError):  # turned away, and the reply says why
                sock.sendall(msgspec.json.encode(request) + b"\n")
            for line in _lines(sock, REPLY_MAX_BYTES, deadline_s):
                yield msgspec.json.decode(line)
    except (FileNotFoundError, ConnectionRefusedError):
        raise ControlAbsent from None
    except PermissionError:
        raise ControlError("not_permitted", f"{state_dir} belongs to another user") from None
    except BlockingIOError:
        raise ControlError("busy", "the daemon takes no more requests now") from None
    except TimeoutError:
        raise ControlError("timeout", f"no answer within {timeout_s:g} s") from None
    except (ConnectionResetError, msgspec.DecodeError):
        return


def _request(client: socket.socket) -> Body:
    """Read the one request of a connection. Raises ControlError."""
    try:
        line = next(_lines(client, REQUEST_MAX_BYTES, time.monotonic() + REQUEST_S), b"")
        request = msgspec.json.decode(line)
    except TimeoutError:
        raise ControlError("slow", f"no whole request within {REQUEST_S:g} s") from None
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ControlError("bad_request", f"no JSON line of at most {REQUEST_MAX_BYTES} bytes") from None
    if not isinstance(request, dict) or not isinstance(request.get("op"), str):
        raise ControlError("bad_request", 'no object with an "op"')
    return request


def _lines(sock: socket.socket, max_bytes: int, deadline_s: float) -> Iterator[bytes]:
    """Yield lines until one is longer than `max_bytes` or the stream ends. Raises TimeoutError, OSError."""
    waiting = bytearray()
    while len(waiting) <= max_bytes:
        left_s = deadline_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        sock.settimeout(left_s)
        data = sock.recv(_READ_BYTES)
        if not data:
            return
        *lines, rest = (waiting + data).split(b"\n")
        waiting = bytearray(rest)
        yield from (bytes(line) for line in lines if len(line) <= max_bytes)


def _uid(client: socket.socket) -> int:
    """Return the user id of the process at the other end."""
    credentials = client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _pid, uid, _gid = _CREDENTIALS.unpack(credentials)
    return int(uid)


def _listen(state_dir: Path) -> socket.socket:
    """Return a socket that listens as `state_dir`/control.sock, mode 0600 from its first moment."""
    server = socket.socket(socket.AF_UNIX)
    try:
        os.fchmod(server.fileno(), 0o600)  # bind gives the file the mode of the socket
        try:
            _at(state_dir, server.bind)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            _remove_dead(state_dir, error)
            _at(state_dir, server.bind)
        server.listen(_BACKLOG)
    except OSError:
        server.close()
        raise
    return server


def _remove_dead(state_dir: Path, error: OSError) -> None:
    """Remove the socket that a killed daemon left. Raises `error` where it lives or is no socket."""
    path = state_dir / NAME
    if not stat.S_ISSOCK(path.lstat().st_mode):
        raise error
    with socket.socket(socket.AF_UNIX) as probe:
        probe.setblocking(False)
        try:
            _at(state_dir, probe.connect)
        except ConnectionRefusedError:
            path.unlink()
            return
        except BlockingIOError:  # alive, with a full backlog
            pass
    raise error


def _at(state_dir: Path, use: Callable[[str], None]) -> None:
    """Call `use` with an address of the socket; one that is too long goes through /proc (Linux)."""
    path = os.fsencode(state_dir / NAME)
    if len(path) <= _PATH_MAX_BYTES:
        use(os.fsdecode(path))
        return
    folder = os.open(state_dir, os.O_RDONLY | os.O_DIRECTORY)
    try:
        use(f"/proc/self/fd/{folder}/{NAME}")
    finally:
        os.close(folder)
