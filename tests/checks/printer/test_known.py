"""Printers of the operating system: what `lpstat -v` prints, and a computer without CUPS."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.model import ProbeError
from checks.printer import known, reading
from config.devices import Printer

ROOT = Path(__file__).resolve().parents[3]
LISTING = """\
device for Front_Desk: socket://192.0.2.20:9100
device for hall: lpd://printer.example.net/queue
device for Office-IPP: ipp://192.0.2.21:631/ipp/print
device for v6: ipps://[2001:db8::7]/ipp/print
device for hplip: hp:/net/HP_LaserJet?ip=192.0.2.22
device for usb: usb://Brother/HL-L2340D?serial=1
device for PDF: cups-pdf:/
device for usb-ipp: ipp://localhost:60000/ipp/print
device for found: dnssd://Office%20Laser._ipp._tcp.local/?uuid=1
device for 前台: socket://192.0.2.23
device for 财务: socket://192.0.2.24
device for broken: ipp://[::bad/
lpstat: No destinations added.
"""


def test_queues_and_their_hosts() -> None:
    found = known.parse(LISTING.encode())
    assert [(one.name, one.host, one.ipp) for one in found] == [
        ("front_desk", "192.0.2.20", ""),
        ("hall", "printer.example.net", ""),
        ("office-ipp", "192.0.2.21", "ipp://192.0.2.21:631/ipp/print"),
        ("v6", "2001:db8::7", "ipps://[2001:db8::7]/ipp/print"),
        ("hplip", "192.0.2.22", ""),
        ("usb", "", ""),
        ("pdf", "", ""),
        ("usb-ipp", "", ""),
        ("found", "", ""),
        ("printer", "192.0.2.23", ""),
        ("printer-2", "192.0.2.24", ""),
        ("broken", "", ""),
    ]
    assert found[0].queue == "Front_Desk"
    assert found[9].queue == "前台"


@given(st.lists(st.text(max_size=60), max_size=6), st.binary(max_size=200))
def test_any_listing_gives_valid_printers_of_different_names(queues: list[str], rest: bytes) -> None:
    lines = "\n".join(f"device for {queue}: socket://192.0.2.1" for queue in queues)
    found = known.parse(lines.encode("utf-8", "replace") + b"\n" + rest)
    assert len({one.name for one in found}) == len(found) <= 16
    for one in found:
        assert msgspec.convert(msgspec.to_builtins(one), Printer) == one


def test_a_computer_without_cups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert known.printers_of_os() == ()


def test_a_printer_known_by_its_queue_only_cannot_be_read() -> None:
    with pytest.raises(ProbeError, match=r"^printer\.not_on_network$"):
        reading.read(Printer(name="usb", queue="usb"))


@pytest.fixture
def cups() -> Iterator[Path]:
    """The files of a cupsd that keeps to itself."""
    if not (shutil.which("cupsd") and shutil.which("lpstat") and shutil.which("unshare")):
        pytest.skip("needs cups-daemon, cups-client and util-linux")
    with tempfile.TemporaryDirectory(prefix="cups-") as name:
        folder = Path(name)
        for one in ("etc", "spool", "spool/tmp", "cache", "run", "log"):
            (folder / one).mkdir()
        (folder / "cups-files.conf").write_text(
            f"ServerRoot {folder}/etc\nRequestRoot {folder}/spool\nTempDir {folder}/spool/tmp\n"
            f"CacheDir {folder}/cache\nStateDir {folder}/run\nErrorLog {folder}/log/error\n"
            f"AccessLog {folder}/log/access\nPageLog {folder}/log/page\nSystemGroup root\n"
        )
        (folder / "cupsd.conf").write_text(
            "Listen localhost:631\nDefaultAuthType None\nBrowsing No\n<Location />\nOrder allow,deny\n"
            "Allow all\n</Location>\n"
        )
        (folder / "etc/printers.conf").write_text(
            "<Printer Front>\nDeviceURI socket://192.0.2.20:9100\nState Idle\nAccepting Yes\n</Printer>\n"
            "<Printer usb>\nDeviceURI usb://Brother/HL\nState Idle\nAccepting Yes\n</Printer>\n"
        )
        yield folder


@pytest.mark.root
def test_a_real_cups(cups: Path) -> None:
    """cupsd in a network namespace of its own, where lpstat finds it at localhost."""
    script = f"""
ip link set lo up
mount -t tmpfs tmpfs /run
cupsd -f -c {cups}/cupsd.conf -s {cups}/cups-files.conf &
for try in $(seq 100); do lpstat -r >/dev/null 2>&1 && break; sleep 0.1; done
{sys.executable} -c '
from checks.printer.known import printers_of_os
print(*[(one.name, one.host, one.queue) for one in printers_of_os()])
'
kill $!
"""
    done = subprocess.run(
        ["unshare", "-n", "-m", "sh", "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.split("\n")[0] == "('front', '192.0.2.20', 'Front') ('usb', '', 'usb')", done.stderr
