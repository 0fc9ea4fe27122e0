"""Boots and shutdowns as systemd's journal holds them, through journalctl(1).

A boot counts as ended cleanly if it holds logind's "shutdown initiated" or the journal's own "stopped".
An ordinary user sees only part of the journal; the caller asks whether the running boot is in it.
"""

from pathlib import Path

import msgspec

from checks.io import tool
from checks.io.wtmp import Boot
from checks.model import ProbeError

_STARTED = "f77379a8490b408bbe5f6940505a777b"  # systemd/sd-messages.h: SD_MESSAGE_JOURNAL_START
_STOPPED = "d93fb3c9c24d451a97cea615ce59c00b"  # SD_MESSAGE_JOURNAL_STOP
_SHUTDOWN = "98268866d1d54a499c4e98921d93bc40"  # SD_MESSAGE_SHUTDOWN
_TIMEOUT_S = 10.0
_MAX_OUTPUT_BYTES = 512 * 1024
_MAX_ENTRIES = 1000
_QUERY = (
    "journalctl --no-pager --quiet --output=json --output-fields=MESSAGE_ID,_BOOT_ID"
    f" --lines={_MAX_ENTRIES} --since=-30days"
    f" MESSAGE_ID={_STARTED} MESSAGE_ID={_STOPPED} MESSAGE_ID={_SHUTDOWN}"
).split()


class _Entry(msgspec.Struct, frozen=True, rename={"at": "__REALTIME_TIMESTAMP", "boot": "_BOOT_ID"}):
    """One line of `journalctl -o json`; the time is in microseconds, as text."""

    at: str
    boot: str
    MESSAGE_ID: str


def boots(root: Path) -> tuple[Boot, ...]:
    """Return the boots of the last thirty days, oldest first; none where the journal cannot be read."""
    folder = [] if root == Path("/") else [f"--directory={root / 'var/log/journal'}"]
    try:
        output = tool.run([*_QUERY, *folder], timeout_s=_TIMEOUT_S, max_output_bytes=_MAX_OUTPUT_BYTES)
    except ProbeError:
        return ()
    return parse(output.stdout) if output.status == 0 else ()


def parse(stdout: bytes) -> tuple[Boot, ...]:
    """Fold entries, in order of time, into boots. Lines that are not such entries are left out."""
    started_s: dict[str, float] = {}
    ended: set[str] = set()
    for line in stdout.splitlines():
        try:
            entry = msgspec.json.decode(line, type=_Entry)
            at_s = int(entry.at) / 1e6
        except (msgspec.DecodeError, ValueError):
            continue
        if entry.MESSAGE_ID == _STARTED:
            started_s.setdefault(entry.boot, at_s)
        else:
            ended.add(entry.boot)
    order = list(started_s)
    before = [None, *(boot in ended for boot in order)]
    return tuple(Boot(started_s[boot], is_clean) for boot, is_clean in zip(order, before, strict=False))
