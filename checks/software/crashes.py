"""Application crashes: did programs end by themselves today?

Clause 4.1.6. Source: systemd's journal through journalctl(1): what systemd-coredump wrote, and where that
is not installed the kernel's own lines ("NAME[PID]: segfault at ...", x86's "traps: NAME[PID] ...").
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec

from checks.io import text, tool
from checks.model import Check, Finding, ProbeError
from config.devices import Computer

_COREDUMP = "fc2e22bc6ee647b6b90729ab34a250b1"  # systemd/sd-messages.h: SD_MESSAGE_COREDUMP
_TIMEOUT_S = 6.0  # each of three questions
_MAX_OUTPUT_BYTES = 1024 * 1024
_MAX_ENTRIES = 500
_JOURNAL = ["journalctl", "--no-pager", "--output=json"]
_TODAY = [f"--lines={_MAX_ENTRIES}", "--since=-24h"]
_FIELDS = "--output-fields=MESSAGE,COREDUMP_COMM,COREDUMP_PID"
_SEGFAULT = re.compile(
    r"(?:traps: )?(?P<name>[^\[\]]{1,15})\[(?P<pid>\d{1,10})\]"
    r"(?:: segfault at |:? (?:general protection|trap ))"
)


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many crashes in 24 hours are worth a word, inclusive."""

    warn: int = 3


class Facts(msgspec.Struct, frozen=True):
    """`app` is the program that crashed most often, "" where none did."""

    crashes_24h: int
    app: str


class _Entry(msgspec.Struct, frozen=True):
    """One line of `journalctl -o json`; a message that is no text comes as a list of numbers."""

    MESSAGE: str | list[int] | None = None
    COREDUMP_COMM: str | list[int] | None = None
    COREDUMP_PID: str | list[int] | None = None


def probe(target: Computer, _params: Params) -> Facts:
    """Count the crashes of the last 24 hours.

    Raises ProbeError "software.journal_not_permitted", "software.no_journal" (absent), "software.unreadable",
    "tool.missing", "tool.hung", "tool.flood".
    """
    root = Path(target.root)
    folder = [] if root == Path("/") else [f"--directory={root / 'var/log/journal'}"]
    query = [*_JOURNAL, *folder, _FIELDS]
    if not _ask([*query, "--lines=1"]):  # an empty journal is silent about every crash
        raise ProbeError("software.no_journal", is_absent=True)
    dumps = _ask([*query, *_TODAY, f"MESSAGE_ID={_COREDUMP}"])
    kernel = _ask([*query, *_TODAY, "--grep=segfault at|general protection|traps:", "_TRANSPORT=kernel"])
    return count([*parse(dumps), *parse(kernel)])


def judge(facts: Facts, params: Params) -> Iterator[Finding]:
    """Yield PC_FREEZE as a warning after too many crashes."""
    if facts.crashes_24h >= params.warn:
        yield Finding("PC_FREEZE", {"app": facts.app}, is_warning=True)


def parse(stdout: bytes) -> Iterator[tuple[str, str]]:
    """Yield (program, process number) of each crash; other lines are left out."""
    for line in stdout.splitlines():
        try:
            entry = msgspec.json.decode(line, type=_Entry)
        except msgspec.DecodeError:
            continue
        if isinstance(entry.COREDUMP_COMM, str):
            yield entry.COREDUMP_COMM, str(entry.COREDUMP_PID)
        elif isinstance(entry.MESSAGE, str) and (match := _SEGFAULT.match(entry.MESSAGE)):
            yield match["name"], match["pid"]


def count(crashes: list[tuple[str, str]]) -> Facts:
    """Fold crashes into facts; one that both the kernel and systemd tell of counts once."""
    names = Counter(text.clean_text(name) for name, _ in dict.fromkeys(crashes))
    return Facts(names.total(), max(sorted(names), key=names.__getitem__, default=""))


def _ask(argv: list[str]) -> bytes:
    output = tool.run(argv, timeout_s=_TIMEOUT_S, max_output_bytes=_MAX_OUTPUT_BYTES)
    if b"not seeing messages" in output.stderr:
        raise ProbeError("software.journal_not_permitted")
    if (
        output.status != 0 and output.stderr.strip() and b"No journal files" not in output.stderr
    ):  # 1 and silence: --grep found nothing
        raise ProbeError("software.unreadable")
    return output.stdout


CHECK = Check(
    "software.crashes",
    target=Computer,
    params=Params,
    facts=Facts,
    probe=probe,
    judge=judge,
    faults={"PC_FREEZE": ("app",)},
)
