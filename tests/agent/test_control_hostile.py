import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import tree
from controls import Start, raw, starting, until
from hypothesis import given, settings
from hypothesis import strategies as st

from agent import control
from agent.control import CLIENTS_MAX, Body, ControlError, Progress, ask

NOBODY = 65534


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    with starting(tmp_path) as begin:
        yield begin


def ask_as(uid: int, folder: Path) -> str:
    """Ask from a process of another user."""
    code = (
        "import os, socket, sys; sock = socket.socket(socket.AF_UNIX); sock.settimeout(5)\n"
        "os.setgroups([]); os.setgid(int(sys.argv[2])); os.setuid(int(sys.argv[2]))\n"
        'sock.connect(sys.argv[1]); sock.sendall(b\'{"op": "status"}\\n\'); print(sock.recv(9999))'
    )
    argv = [sys.executable, "-c", code, str(folder / control.NAME), str(uid)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Return a folder that everybody may enter, for only the credentials shall stand in the way."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.root
def test_another_user_gets_no_answer(start: Start, open_folder: Path) -> None:
    server = start(folder=open_folder)
    assert "Permission denied" in ask_as(NOBODY, open_folder)  # the mode of the socket
    (open_folder / control.NAME).chmod(0o666)
    assert "echo" not in ask_as(NOBODY, open_folder)
    assert server.refused == {"user": 1}
    assert "echo" in ask_as(0, open_folder)


@pytest.mark.root
def test_without_looking_at_the_credentials_another_user_is_answered(
    start: Start, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "_uid", lambda _client: 0)
    start(folder=open_folder)
    (open_folder / control.NAME).chmod(0o666)
    assert "echo" in ask_as(NOBODY, open_folder)


@pytest.mark.root
def test_the_clients_own_error_says_who_owns_the_folder(start: Start, open_folder: Path) -> None:
    start(folder=open_folder)
    code = (
        "import os, sys; from pathlib import Path; from agent.control import ask, ControlError\n"
        f"os.setuid({NOBODY})\n"
        "try: ask(Path(sys.argv[1]), {'op': 'status'}, 5)\n"
        "except ControlError as error: print(error.code)"
    )
    argv = [sys.executable, "-c", code, str(open_folder)]
    done = subprocess.run(argv, cwd=tree.ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "not_permitted\n"


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\n",
        b"status\n",
        b'{"op": "status"',
        b'{"op": "status"}',
        b'{"op": 7}\n',
        b'{"other": "status"}\n',
        b'["op"]\n',
        b'"op"\n',
        b"\xff\xfe\n",
        b'{"op": "\xed\xa0\x80"}\n',
        b'{"op": "\\ud800"}\n',
        b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"[" * 60_000 + b"\n",
        b'{"op": ' * 9_000 + b"\n",
        b'{"op": "' + b"x" * control.REQUEST_MAX_BYTES + b'"}\n',
        b"x" * 5_000_000,
    ],
)
def test_what_is_no_request_is_refused_at_once(start: Start, tmp_path: Path, sent: bytes) -> None:
    server = start()
    began_s = time.monotonic()
    [reply] = raw(tmp_path, sent)
    assert reply["error"]["code"] == "bad_request"
    assert time.monotonic() - began_s < 2.0
    assert server.refused == {"bad_request": 1}
    assert ask(tmp_path, {"op": "status"}, 5)


def test_the_longest_request_is_taken(start: Start, tmp_path: Path) -> None:
    start()
    frame = len(b'{"op":""}')
    request = {"op": "x" * (control.REQUEST_MAX_BYTES - frame)}
    assert ask(tmp_path, request, 5) == {"echo": request}


def test_a_client_that_sends_nothing_is_closed_in_time(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "REQUEST_S", 0.3)
    server = start()
    assert raw(tmp_path, b'{"op": ', ends=False) == [
        {"error": {"code": "slow", "message": "no whole request within 0.3 s"}}
    ]
    assert server.refused == {"slow": 1}


def test_eight_are_answered_at_once_and_the_ninth_is_told(start: Start, tmp_path: Path) -> None:
    let_go = threading.Event()
    server = start(lambda *_: {"waited": let_go.wait(10)})
    results: list[Body] = []
    clients = [
        threading.Thread(target=lambda: results.append(ask(tmp_path, {"op": "wait"}, 10)))
        for _ in range(CLIENTS_MAX)
    ]
    for client in clients:
        client.start()
    until(lambda: len(server._clients) == CLIENTS_MAX)
    with pytest.raises(ControlError, match="busy: 8 requests"):
        ask(tmp_path, {"op": "wait"}, 5)
    let_go.set()
    for client in clients:
        client.join()
    assert results == [{"waited": True}] * CLIENTS_MAX
    until(lambda: not server._clients)
    assert ask(tmp_path, {"op": "wait"}, 5)


def test_a_client_that_goes_away_does_not_disturb_the_work(start: Start, tmp_path: Path) -> None:
    is_done = threading.Event()

    def work(_request: Body, progress: Progress) -> Body:
        for number in range(2000):
            progress({"step": number, "text": "x" * 1000})
        is_done.set()
        return {}

    start(work)
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(str(tmp_path / control.NAME))
        sock.sendall(b'{"op": "work"}\n')
        sock.recv(10)
    assert is_done.wait(5)


def test_a_client_that_does_not_read_holds_the_work_up_once(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "SEND_S", 0.2)
    is_done = threading.Event()

    def work(_request: Body, progress: Progress) -> Body:
        for number in range(20):
            progress({"step": number, "text": "x" * 100_000})
        is_done.set()
        return {}

    start(work)
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(str(tmp_path / control.NAME))
        sock.sendall(b'{"op": "work"}\n')
        assert is_done.wait(2)


NEARLY_JSON = st.text('{}[]:,\\"opu0d8 1e-', max_size=60).map(str.encode)


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=300) | NEARLY_JSON)
def test_no_line_does_more_than_be_refused(line: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(line + b"\n")
        try:
            request = control._request(ours)
        except ControlError as error:
            request = {"op": error.code}
    assert isinstance(request["op"], str)
