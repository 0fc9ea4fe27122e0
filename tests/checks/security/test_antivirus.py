"""A real clamd with a signature of our own: no virus is in this project, and none is needed."""

import contextlib
import hashlib
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from controls import until

from checks.io import clamd
from checks.model import NoParams, ProbeError
from checks.security import antivirus, threats
from config.devices import Computer

needs_clamd = pytest.mark.skipif(shutil.which("clamd") is None, reason="needs clamav-daemon")
MARKER = b"deskready harmless marker"
CONFIG = "etc/clamav/clamd.conf"


def write_config(root: Path, *lines: str) -> None:
    path = root / CONFIG
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(("# comment", *lines)) + "\n")


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A clamd that knows one harmless signature; its settings lie where a desk under `tmp_path` has them."""
    (tmp_path / "db").mkdir()
    digest = hashlib.md5(MARKER).hexdigest()  # noqa: S324  ClamAV's .hdb format
    (tmp_path / "db/own.hdb").write_text(f"{digest}:{len(MARKER)}:DeskReady.SelfTest.Marker\n")
    own = tmp_path / "clamd.conf"
    lines = [f"LocalSocket {tmp_path}/s", f"DatabaseDirectory {tmp_path}/db", f"LogFile {tmp_path}/log"]
    own.write_text("\n".join([*lines, "LogTime yes", "Foreground yes", "SelfCheck 0"]) + "\n")
    write_config(tmp_path, "LocalSocket /s", "LogFile /log")
    with subprocess.Popen(["clamd", f"--config-file={own}"], stdout=-3, stderr=-3) as child:
        try:
            until((tmp_path / "s").exists, 60)
            yield child
        finally:
            child.kill()


def scan(root: Path, path: Path) -> bytes:
    with socket.socket(socket.AF_UNIX) as wire:
        wire.connect(str(root / "s"))
        wire.sendall(b"zSCAN " + os.fsencode(path) + b"\0")
        return wire.makefile("rb").read()


def look(root: Path) -> tuple[antivirus.Facts, list[tuple[object, bool]]]:
    facts = antivirus.probe(Computer(root=str(root)), antivirus.Params())
    return facts, [(one.values["days"], one.is_warning) for one in antivirus.judge(facts, antivirus.Params())]


@needs_clamd
def test_a_daemon_with_no_definitions_of_the_makers(
    tmp_path: Path, daemon: "subprocess.Popen[bytes]"
) -> None:
    facts, found = look(tmp_path)
    assert (facts.enabled, facts.definitions_age_days, found) == (True, None, [(None, False)])
    assert facts.version
    daemon.kill()
    daemon.wait()
    facts, found = look(tmp_path)
    assert (facts.enabled, found) == (False, [(None, False)])
    with pytest.raises(ProbeError, match=r"security\.antivirus_off"):
        threats.probe(Computer(root=str(tmp_path)), NoParams())


@needs_clamd
@pytest.mark.usefixtures("daemon")
def test_a_find_counts_until_the_file_is_gone(tmp_path: Path) -> None:
    def seen() -> tuple[int, int, list[str]]:
        facts = threats.probe(Computer(root=str(tmp_path)), NoParams())
        codes = [one.code for one in threats.judge(facts, NoParams())]
        return facts.active_threats, facts.quarantined_24h, codes

    clean, bad = tmp_path / "clean 张三.txt", tmp_path / "bad: 李四.txt"
    clean.write_bytes(b"nothing")
    bad.write_bytes(MARKER)
    assert scan(tmp_path, clean).endswith(b"OK\0")
    assert seen() == (0, 0, [])
    # The desk of the test lies below a folder of its own; the daemon logs the whole name.
    (tmp_path / str(tmp_path).lstrip("/")).parent.mkdir(parents=True)
    (tmp_path / str(tmp_path).lstrip("/")).symlink_to(tmp_path)
    assert b"DeskReady.SelfTest.Marker.UNOFFICIAL FOUND" in scan(tmp_path, bad)
    until(lambda: seen() == (1, 0, ["SEC_MALWARE"]), 20)
    scan(tmp_path, bad)
    bad.unlink()
    assert seen() == (0, 1, [])


def test_a_file_that_may_not_be_looked_at_counts_as_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(_path: Path) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "lstat", denied)
    assert threats._may_be_there(Path("/srv/x/y"))


def test_lines_of_the_log() -> None:
    log = (
        b"Sun Nov 22 21:43:09 2026 -> /a/b: c.txt: Eicar-Test-Signature FOUND\n"
        b"/no/time: Own.UNOFFICIAL FOUND\n"
        b"Sun Nov 22 21:43:09 2026 -> instream(local): Eicar FOUND\n"
        b"Sun Nov 22 21:43:09 2026 -> /clean: OK\n\xff\xfe"
    )
    found = threats.parse(log)
    assert list(found) == ["/a/b: c.txt", "/no/time"]
    assert found["/no/time"] == 0


@contextlib.contextmanager
def answering(root: Path, *answers: bytes, hold: bool = False) -> Iterator[None]:
    """A socket in clamd's place that answers each connection in turn."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(root / "s"))
        server.listen()
        write_config(root, "LocalSocket /s", "LogFile /log")
        held: list[socket.socket] = []

        def serve() -> None:
            for answer in answers:
                wire, _ = server.accept()
                wire.recv(64)
                wire.sendall(answer)
                held.append(wire) if hold else wire.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield
        for wire in held:
            wire.close()


def version(days: float) -> bytes:
    at = datetime.now(UTC).astimezone() - timedelta(days=days)
    return f"ClamAV 1.4.6/27145/{at:%a %b} {at.day:2} {at:%H:%M:%S %Y}\0".encode()


@pytest.mark.parametrize(
    ("days", "expected"),
    [(0.1, []), (2.9, []), (3.1, [(3, True)]), (13.9, [(13, True)]), (14.1, [(14, False)])],
)
def test_the_age_of_the_definitions(tmp_path: Path, days: float, expected: list[object]) -> None:
    with answering(tmp_path, b"PONG\0", version(days)):
        facts, found = look(tmp_path)
    assert found == expected
    assert facts.definitions_age_days == pytest.approx(days, abs=0.06)


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ((b"HTTP/1.0 200 OK\r\n",), "security.antivirus_unreadable"),
        ((b"PONG\0", b"ClamAV 1.4.6/27145/Fri Foo 99 09:38:33 2023\0"), "security.antivirus_unreadable"),
        ((b"PONG\0", b"x" * 4096), "security.antivirus_unreadable"),
        ((b"",), "security.antivirus_unreadable"),
    ],
)
def test_an_answer_that_is_none(tmp_path: Path, answers: tuple[bytes, ...], code: str) -> None:
    with answering(tmp_path, *answers), pytest.raises(ProbeError) as caught:
        look(tmp_path)
    assert caught.value.code == code


def test_a_daemon_that_hangs_is_no_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clamd, "_TIMEOUT_S", 0.2)
    with (
        answering(tmp_path, b"", hold=True),
        pytest.raises(ProbeError, match=r"security\.antivirus_silent"),
    ):
        look(tmp_path)


def test_no_antivirus_that_we_know_is_no_verdict(tmp_path: Path) -> None:
    for check, params in ((antivirus, antivirus.Params()), (threats, NoParams())):
        with pytest.raises(ProbeError, match=r"security\.no_antivirus_known") as caught:
            check.probe(Computer(root=str(tmp_path)), params)
        assert caught.value.is_absent


def test_settings_that_lead_nowhere(tmp_path: Path) -> None:
    write_config(tmp_path, "TCPSocket 3310")
    with pytest.raises(ProbeError, match=r"security\.antivirus_unreadable"):
        look(tmp_path)
    with answering(tmp_path, *(b"PONG\0", version(1)) * 2):
        with pytest.raises(ProbeError, match=r"security\.log_unreadable"):
            threats.probe(Computer(root=str(tmp_path)), NoParams())
        write_config(tmp_path, "LocalSocket /s", "LogSyslog yes")
        with pytest.raises(ProbeError, match=r"security\.log_unreadable"):
            threats.probe(Computer(root=str(tmp_path)), NoParams())
