"""Recordings: a printer walked, scrubbed, and served again says the same as before."""

from collections.abc import Iterator
from pathlib import Path

import printer_states
import pytest
import snmp_server
from printer_targets import needs_recordings, printer

from agent.cli.main import main
from checks.printer import mib, reading, recording
from checks.printer.facts import Reading

SECRETS = {
    "1.3.6.1.2.1.1.5.0": "4|broker-wang",
    "1.3.6.1.2.1.1.6.0": "4|Room 7",
    "1.3.6.1.2.1.1.1.0": "4|Laser at 192.168.1.20, SN:VNB3J12345, MAC 00:1B:A9:12:34:56, of broker-wang",
    "1.3.6.1.2.1.43.11.1.1.6.2.1": "4|Toner S/N:CRUM-17042 a@example.cn",
}


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    states = {
        **printer_states.recordings(),
        "secret": snmp_server.overlay(printer_states.BASE, SECRETS),
    }
    with snmp_server.printers(snmp_server.REAL, extra=states) as port:
        yield port


def told(read: Reading) -> tuple[object, ...]:
    return (read.model, read.device_status, read.errors, read.trays, read.alerts, read.page_count)


@pytest.mark.parametrize("state", ["ready", "jam", "brother_share", "ricoh_share"])
def test_a_replay_says_what_the_printer_said(port: int, state: str) -> None:
    reading.forget()
    text = recording.record(printer(port, state))
    before = reading.read(printer(port, state))
    with snmp_server.printers(extra={"again": text}) as replay:
        after = reading.read(printer(replay, "again"))
    assert told(after) == told(before)
    assert after.supplies == before.supplies
    assert after.serial == "XXXXXXX"


@needs_recordings
def test_a_long_walk_of_a_real_printer(port: int) -> None:
    text = recording.record(printer(port, "jetdirect_m130nw"))
    whole = (snmp_server.REAL / "jetdirect_m130nw.snmprec").read_text()
    wanted = [line.split("|")[0] for line in whole.splitlines() if line.startswith("1.3.6.1.2.1.43.")]
    assert [line.split("|")[0] for line in text.splitlines() if line.startswith("1.3.6.1.2.1.43.")] == wanted
    assert b"VNCRC48198".hex() not in text


def test_nothing_that_names_anyone_is_left(port: int) -> None:
    text = recording.record(printer(port, "secret"))
    values = [bytes.fromhex(line.split("|")[2]) for line in text.splitlines() if "|4x|" in line]
    whole = b"\n".join(values)
    for word in (b"wang", b"Room", b"192.168", b"VNB3J", b"00:1B", b"CRUM", b"SYN0001", b"example.cn"):
        assert word not in whole, word
    assert b"Laser at XXXXXXXXXXXX, SN:XXXXXXXXXX, MAC XXXXXXXXXXXXXXXXX, of XXXXXXXXXXX" in values
    assert b"Tray 1" in values  # negative control: the rest stays


def test_the_words_are_there_without_scrubbing() -> None:
    """Negative control: what is written as it comes names the owner."""
    name = (1, 3, 6, 1, 2, 1, 1, 5, 0)
    cells = {name: b"broker-wang", (*mib.SERIAL, 1): b"SYN0001"}
    assert b"broker-wang".hex() in "".join(recording.written(cells))
    assert b"broker-wang".hex() not in "".join(recording.written(recording.scrubbed(cells)))


def test_the_command(port: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = tmp_path / "deskready.toml"
    settings.write_text(
        '[station]\nname = "d"\nsite = "s"\nlang = "en"\n[[printer]]\nname = "front"\nhost = "127.0.0.1"\n'
        f'snmp = {{ community = "ready", port = {port} }}\n'
    )
    output = tmp_path / "front.snmprec"
    argv = ["--config", str(settings), "record", "printer:front", "--output", str(output)]
    assert main(argv) == 0
    assert "Read it before you send it" in capsys.readouterr().out
    assert output.stat().st_mode & 0o777 == 0o600
    assert "1.3.6.1.2.1.43.11.1.1.9.2.1|2|80" in output.read_text()
    with pytest.raises(SystemExit, match="64"):  # it exists
        main(argv)
    with pytest.raises(SystemExit, match="64"):
        main([*argv[:3], "printer:frnt"])
    assert "did you mean 'printer:front'" in capsys.readouterr().err
