import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import tree
from controls import Start, echo, footprint, raw, starting, until

from agent import control
from agent.control import Body, ControlAbsent, ControlError, ControlServer, Progress, ask


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    with starting(tmp_path) as begin:
        yield begin


def test_a_request_gets_its_progress_and_its_result(start: Start, tmp_path: Path) -> None:
    start()
    heard: list[Body] = []
    request = {"op": "ready", "steps": 3, "text": "前台 \n"}
    assert ask(tmp_path, request, 5, heard.append) == {"echo": request}
    assert heard == [{"step": 0}, {"step": 1}, {"step": 2}]


def test_an_error_reply_keeps_its_code(start: Start, tmp_path: Path) -> None:
    start()
    with pytest.raises(ControlError, match="no_such_device: there is no printer:x") as error:
        ask(tmp_path, {"op": "refuse"}, 5)
    assert error.value.code == "no_such_device"


def test_without_a_daemon_the_caller_is_told(start: Start, tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(ControlAbsent):
            ask(folder, {"op": "status"}, 1)
    start().stop()
    with pytest.raises(ControlAbsent):
        ask(tmp_path, {"op": "status"}, 1)
    assert list(tmp_path.iterdir()) == []


def killed_daemon(folder: Path) -> None:
    """Leave the socket of a daemon that got SIGKILL."""
    code = "import os, sys; from pathlib import Path; from agent.control import ControlServer\n"
    code += "ControlServer(Path(sys.argv[1]), dict).start(); os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", code, str(folder)], cwd=tree.ROOT, check=False)
    assert (folder / control.NAME).is_socket()


def test_the_daemon_says_whose_request_it_is_not_the_client(start: Start, tmp_path: Path) -> None:
    asked: list[Body] = []
    start(handle=lambda request, _progress: asked.append(request) or {})
    ask(tmp_path, {"op": "status", "uid": 4242}, 5)
    assert asked == [{"op": "status", "uid": os.geteuid()}]


def test_the_socket_of_a_killed_daemon_is_replaced(start: Start, tmp_path: Path) -> None:
    killed_daemon(tmp_path)
    with pytest.raises(ControlAbsent):
        ask(tmp_path, {"op": "status"}, 1)
    with socket.socket(socket.AF_UNIX) as other, pytest.raises(OSError, match="in use"):
        other.bind(str(tmp_path / control.NAME))  # what would happen without replacing it
    start()
    assert ask(tmp_path, {"op": "status"}, 5) == {"echo": {"op": "status"}}


def test_a_daemon_that_lives_keeps_its_socket(start: Start, tmp_path: Path) -> None:
    start(lambda *_: {"who": "first"})
    with pytest.raises(OSError, match="in use"):
        ControlServer(tmp_path, echo).start()
    assert ask(tmp_path, {"op": "status"}, 5) == {"who": "first"}


def test_a_file_in_the_way_is_not_removed(tmp_path: Path) -> None:
    (tmp_path / control.NAME).write_text("mine")
    with pytest.raises(OSError, match="in use"):
        ControlServer(tmp_path, echo).start()
    assert (tmp_path / control.NAME).read_text() == "mine"


def test_a_path_too_long_for_an_address_works(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "州" / ("x" * 200) / ("y" * 200)
    folder.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as plain, pytest.raises(OSError, match="too long"):
        plain.bind(str(folder / control.NAME))
    killed_daemon(folder)
    start(folder=folder)
    assert ask(folder, {"op": "status"}, 5) == {"echo": {"op": "status"}}


def test_the_socket_is_for_its_owner_alone_whatever_the_umask(start: Start, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        start()
    finally:
        os.umask(before)
    assert (tmp_path / control.NAME).stat().st_mode & 0o777 == 0o600


def test_progress_from_many_threads_comes_in_whole_lines(start: Start, tmp_path: Path) -> None:
    def work(_request: Body, progress: Progress) -> Body:
        def report(who: int) -> None:
            for number in range(50):
                progress({"who": who, "step": number, "text": "x" * 5000})

        threads = [threading.Thread(target=report, args=(who,)) for who in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return {"done": True}

    start(work)
    heard: list[Body] = []
    assert ask(tmp_path, {"op": "work"}, 10, heard.append) == {"done": True}
    assert len(heard) == 200


def test_a_daemon_that_takes_too_long_is_a_timeout_in_all(start: Start, tmp_path: Path) -> None:
    def drip(_request: Body, progress: Progress) -> Body:
        for number in range(100):
            progress({"step": number})
            time.sleep(0.05)
        return {}

    start(drip)
    began_s = time.monotonic()
    with pytest.raises(ControlError, match=r"timeout: no answer within 0\.3 s"):
        ask(tmp_path, {"op": "x"}, 0.3)
    assert time.monotonic() - began_s < 2.0


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_bug_in_the_handler_is_an_error_at_the_client_and_the_server_goes_on(
    start: Start, tmp_path: Path
) -> None:
    server = start(lambda request, _progress: {"quotient": 1 // request["by"]})
    with pytest.raises(ControlError, match="cut: "):
        ask(tmp_path, {"op": "divide", "by": 0}, 5)
    assert ask(tmp_path, {"op": "divide", "by": 1}, 5) == {"quotient": 1}
    until(lambda: not server._clients)


def test_an_error_of_the_callers_own_is_not_taken_for_one_of_the_socket(start: Start, tmp_path: Path) -> None:
    def broken_pipe(_progress: Body) -> None:
        raise ConnectionResetError

    start()
    with pytest.raises(ConnectionResetError):
        ask(tmp_path, {"op": "x", "steps": 1}, 5, broken_pipe)


def test_stopping_cuts_those_who_wait(start: Start, tmp_path: Path) -> None:
    let_go = threading.Event()
    server = start(lambda *_: {"waited": let_go.wait(10)})
    errors: list[str] = []

    def wait() -> None:
        try:
            ask(tmp_path, {"op": "wait"}, 10)
        except ControlError as error:
            errors.append(error.code)

    client = threading.Thread(target=wait)
    client.start()
    until(lambda: len(server._clients) == 1)
    server.stop()
    client.join(5)
    let_go.set()
    assert errors == ["cut"]
    until(lambda: not server._clients)


def test_nothing_is_left_behind(start: Start, tmp_path: Path) -> None:
    before = footprint()
    for _ in range(10):
        server = ControlServer(tmp_path, echo)
        server.start()
        for number in range(20):
            raw(tmp_path, [b"", b"x\n", b'{"op": "status"}\n', b'{"op"'][number % 4])
        server.stop()
        until(lambda: footprint() == before)
    assert list(tmp_path.iterdir()) == []
    assert start().refused == {}
