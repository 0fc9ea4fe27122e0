"""Services by a real socket and a systemctl of ours; crashes from a real journal file."""

import shutil
import socket
import subprocess
import time
from pathlib import Path

import desk_root
import pytest

from checks.model import ProbeError
from checks.software import crashes, services
from config.devices import Computer

WRITER = Path("/lib/systemd/systemd-journal-remote")
needs_journal = pytest.mark.skipif(
    not (WRITER.exists() and shutil.which("journalctl")), reason="needs journalctl and systemd-journal-remote"
)


def look(root: Path, *names: str) -> tuple[str, tuple[str, ...], list[object]]:
    params = services.Params(services=names or services.Params().services)
    facts = services.probe(Computer(root=str(root)), params)
    return facts.service, facts.checked, [one.values["service"] for one in services.judge(facts, params)]


def test_the_print_service(tmp_path: Path) -> None:
    desk_root.write(tmp_path, {"usr/sbin/cupsd": "", "run/cups/x": ""})
    stopped = ("print_spooler", ("print_spooler",), ["print_spooler"])
    assert look(tmp_path) == stopped
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "run/cups/cups.sock"))
        assert look(tmp_path) == stopped  # the file is there, nobody listens
        server.listen()
        assert look(tmp_path) == ("", ("print_spooler",), [])


def test_a_computer_without_the_services_has_no_verdict(tmp_path: Path) -> None:
    with pytest.raises(ProbeError, match=r"software\.no_service") as caught:
        look(tmp_path)
    assert caught.value.is_absent


@pytest.mark.parametrize(
    ("said", "expected"),
    [("active", []), ("activating", []), ("inactive", ["x.service"]), ("failed", ["x.service"])],
)
def test_a_unit_of_systemd(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, expected: list[str]
) -> None:
    systemctl(tmp_path, monkeypatch, f"echo {said}; [ {said} = active ]")
    assert look(tmp_path, "x.service")[2] == expected


@pytest.mark.parametrize(
    "body", ["echo unknown; exit 4", "exit 1", "echo 'System has not been booted' >&2; exit 1"]
)
def test_a_systemctl_that_does_not_know_is_no_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    systemctl(tmp_path, monkeypatch, body)
    with pytest.raises(ProbeError, match=r"software\.unreadable"):
        look(tmp_path, "x.service")


def systemctl(folder: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    (folder / "systemctl").write_text(f"#!/bin/sh\n{body}\n")
    (folder / "systemctl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def journal(root: Path, *entries: tuple[float, str]) -> Computer:
    """Write a journal: for each entry how many hours ago, and its fields."""
    now_s = time.time()
    text = "".join(
        f"__REALTIME_TIMESTAMP={int((now_s - hours * 3600) * 1e6)}\n__MONOTONIC_TIMESTAMP={number}\n"
        f"_BOOT_ID={'1' * 32}\n{fields}\n\n"
        for number, (hours, fields) in enumerate(entries, start=1)
    )
    folder = root / "var/log/journal"
    folder.mkdir(parents=True)
    argv = [str(WRITER), "--output", str(folder / "system.journal"), "-"]
    subprocess.run(argv, input=text.encode(), check=True, capture_output=True)
    return Computer(root=str(root))


def dump(name: str, pid: int) -> str:
    return f"MESSAGE_ID={crashes._COREDUMP}\nCOREDUMP_COMM={name}\nCOREDUMP_PID={pid}\nMESSAGE=x"


def kernel(message: str) -> str:
    return f"_TRANSPORT=kernel\nMESSAGE={message}"


@needs_journal
def test_crashes_of_the_last_day(tmp_path: Path) -> None:
    target = journal(
        tmp_path,
        (30, dump("old", 1)),
        (5, dump("soffice.bin", 10)),
        (5, kernel("soffice.bin[10]: segfault at 0 ip 1 sp 2 error 4 in libx.so")),  # the same crash
        (4, kernel("soffice.bin[11]: segfault at 0 ip 1 sp 2 error 4")),
        (3, kernel("traps: firefox[12] general protection fault ip:1 sp:2")),
        (2, kernel("usb 1-1: new device")),
        (1, "_TRANSPORT=syslog\nMESSAGE=liar[99]: segfault at 0"),
    )
    facts = crashes.probe(target, crashes.Params())
    assert facts == crashes.Facts(3, "soffice.bin")
    (found,) = crashes.judge(facts, crashes.Params())
    assert (found.code, found.values, found.is_warning) == ("PC_FREEZE", {"app": "soffice.bin"}, True)
    assert list(crashes.judge(crashes.Facts(2, "x"), crashes.Params())) == []


@needs_journal
def test_a_quiet_day_is_good(tmp_path: Path) -> None:
    target = journal(tmp_path, (1, kernel("usb 1-1: new device")))
    assert crashes.probe(target, crashes.Params()) == crashes.Facts(0, "")


@needs_journal
def test_no_journal_is_no_verdict(tmp_path: Path) -> None:
    (tmp_path / "var/log/journal").mkdir(parents=True)
    with pytest.raises(ProbeError, match=r"software\.no_journal"):
        crashes.probe(Computer(root=str(tmp_path)), crashes.Params())


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (
            "echo 'Hint: You are currently not seeing messages from other users' >&2",
            "software.journal_not_permitted",
        ),
        ("echo 'Compiled without pattern matching support' >&2; exit 1", "software.unreadable"),
        ("yes", "tool.flood"),
    ],
)
def test_a_tool_that_fails_is_no_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, code: str
) -> None:
    (tmp_path / "journalctl").write_text(f"#!/bin/sh\n{body}\n")
    (tmp_path / "journalctl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(ProbeError) as caught:
        crashes.probe(Computer(), crashes.Params())
    assert caught.value.code == code
