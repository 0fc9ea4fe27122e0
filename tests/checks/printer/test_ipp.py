"""Printers over IPP: recordings of real ones, states made with a responder, lies, and both ways at once."""

import struct
from collections.abc import Iterator
from typing import Any

import ipp_printer
import printer_states
import pytest
import snmp_server
from hypothesis import given
from hypothesis import strategies as st
from ipp_printer import INTEGER, KEYWORD, NAME, OCTETS, TEXT, body

from checks.io import ipp
from checks.model import NoParams, ProbeError
from checks.printer import ipp_reading, paper, reachable, reading, status, supplies
from config.devices import Printer, Snmp

needs_recordings = pytest.mark.skipif(
    not ipp_printer.RECORDED.is_dir(), reason="needs the recordings of printers"
)


@pytest.fixture(autouse=True)
def _first_contact() -> None:
    reading.forget()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with snmp_server.printers(extra=printer_states.recordings()) as port:
        yield port


def found(target: Printer) -> dict[str, list[str] | str]:
    """Judge by three checks: check → codes, or the reason why nothing is known."""
    answers: dict[str, list[str] | str] = {}
    for name, check, params in (
        ("status", status.CHECK, status.Params()),
        ("paper", paper.CHECK, NoParams()),
        ("supplies", supplies.CHECK, supplies.Params()),
    ):
        judged: Any = check
        try:
            facts = judged.carry(None, judged.probe(target, params))
        except ProbeError as error:
            answers[name] = error.code
            continue
        answers[name] = [one.code for one in judged.judge(facts, params)]
    return {name: answer for name, answer in answers.items() if answer}


def found_over_ipp(answer: bytes) -> dict[str, list[str] | str]:
    with ipp_printer.printer(answer) as uri:
        return found(Printer(name="a", ipp=uri))


TONER: ipp_printer.Field = (INTEGER, "marker-levels", [50])
BLACK: tuple[ipp_printer.Field, ...] = (
    TONER,
    (KEYWORD, "marker-types", ["toner"]),
    (NAME, "marker-names", ["Black"]),
)
TRAY: ipp_printer.Field = (
    OCTETS,
    "printer-input-tray",
    ["type=other;maxcapacity=250;level=100;name=Tray 1;"],
)


def test_the_reasons_stop_a_printer() -> None:
    def told(*reasons: str, state: int = 5) -> dict[str, list[str] | str]:
        return found_over_ipp(body(*BLACK, TRAY, state=state, reasons=reasons))

    assert told("none", state=3) == {}
    assert told("media-jam-error") == {"status": ["PRN_JAM"]}
    assert told("media-jam-report", state=3) == {"status": ["PRN_JAM"]}  # as ippeveprinter says it
    assert told("cover-open") == {"status": ["PRN_COVER_OPEN"]}
    assert told("media-empty-error")["paper"] == ["PRN_PAPER_OUT"]
    assert told("media-empty-report", state=3) == {}  # the other tray has paper
    assert told("toner-empty-error") == {"status": ["PRN_TONER_EMPTY"], "supplies": ["PRN_TONER_LOW"]}
    assert told("toner-low-warning", state=3) == {"supplies": ["PRN_TONER_LOW"]}
    assert told("output-area-full-error") == {"status": ["PRN_ATTENTION"]}
    assert told("marker-waste-full-error") == {"status": ["PRN_SERVICE"]}
    assert told("marker-waste-almost-full-warning", state=3) == {"supplies": ["PRN_TONER_LOW"]}
    assert told("fuser-over-temp-error") == {"status": ["PRN_SERVICE"]}
    assert told("standby", state=3) == {}


def test_a_state_without_reasons_tells_nothing() -> None:
    assert found_over_ipp(body(*BLACK, TRAY, reasons=None))["status"] == "printer.no_status"
    assert found_over_ipp(body(*BLACK, TRAY, state=5, reasons=None))["status"] == ["PRN_ATTENTION"]


def test_alerts_supplies_and_trays_as_pwg_packs_them() -> None:
    packed = [
        "type=tonerCartridge;maxcapacity=5000;level=250;unit=impressions;colorantname=cyan;index=2;",
        "type=wasteToner;class=receptacleThatIsFilled;maxcapacity=100;level=0;unit=percent;index=5;",
        "type=tonerCartridge;maxcapacity=-2;level=-3;colorantname=black;index=1",
        "level;;=;index=zero",
    ]
    read = ipp_reading.reading_of(
        ipp.decode(
            body(
                (OCTETS, "printer-supply", packed),
                (TEXT, "printer-supply-description", ["青色墨粉"]),
                (OCTETS, "printer-alert", ["code=jam;severity=critical;group=input;groupindex=2"]),
                (TEXT, "printer-alert-description", ["卡纸"]),
                (TEXT, "printer-device-id", ["MFG:X;SN:ABC123;"]),
                (OCTETS, "printer-input-tray", ["type=sheetFeedManual;maxcapacity=50;level=0;name=MP"]),
            )
        ).printer,
        0.0,
    )
    assert [(one.id, one.kind, one.colour, one.level.percent) for one in read.supplies] == [
        ("1.2", "toner", "cyan", 5.0),
        ("1.5", "waste", None, 0.0),
        ("1.1", "toner", "black", None),
        ("1.4", "other", None, None),
    ]
    assert read.supplies[0].name == "青色墨粉"
    assert (read.alerts[0].code, read.alerts[0].text, read.alerts[0].subunit) == (8, "卡纸", 2)
    assert read.serial == "ABC123"
    assert read.trays[0].is_bypass


def test_lists_of_different_length_are_read() -> None:
    """python-ipp failed on names without levels; levels without names are unknown kinds, no toner."""
    fields = (
        (INTEGER, "marker-levels", [-2, 7, 150, -1]),
        (KEYWORD, "marker-types", ["toner", "ink-cartridge"]),
        (NAME, "marker-names", ["a", "b", "c", "d", "e", "f"]),
    )
    read = ipp_reading.reading_of(ipp.decode(body(*fields)).printer, 0.0)
    assert [(one.kind, one.level.state) for one in read.supplies] == [
        ("toner", "unknown"),
        ("ink", "percent"),
        ("other", "invalid"),
        ("other", "unknown"),
    ]


@needs_recordings
def test_recordings_of_real_printers() -> None:
    def recorded(name: str) -> dict[str, list[str] | str]:
        return found_over_ipp((ipp_printer.RECORDED / f"get-printer-attributes-{name}.bin").read_bytes())

    brother = recorded("brother-mfcj5320dw")
    assert brother["supplies"] == ["PRN_TONER_LOW"]
    assert "status" not in brother
    assert recorded("kyocera-ecosys-m2540dn-001")["status"] == "printer.no_status"
    assert set(recorded("error-0x0503").values()) == {"ipp.error"}


def test_both_ways_the_worse_is_judged_and_both_are_kept(port: int) -> None:
    def both(community: str, answer: bytes) -> dict[str, list[str] | str]:
        with ipp_printer.printer(answer) as uri:
            snmp = Snmp(community=community, port=port)
            return found(Printer(name="a", host="127.0.0.1", snmp=snmp, ipp=uri))

    fine = body(*BLACK, TRAY)
    jammed = body(*BLACK, TRAY, state=5, reasons=["media-jam-error"])
    assert both("ready", fine) == {}
    assert both("ready", jammed) == {"status": ["PRN_JAM"]}
    assert both("jam", fine) == {"status": ["PRN_JAM"]}
    with ipp_printer.printer(jammed) as uri:
        target = Printer(name="a", host="127.0.0.1", snmp=Snmp(community="ready", port=port), ipp=uri)
        facts = status.probe(target, status.Params())
    assert [(one.way, one.errors) for one in facts.sources] == [("snmp", ()), ("ipp", ("jammed",))]


def test_a_level_that_snmp_cannot_tell_comes_from_ipp(port: int) -> None:
    fields = ((INTEGER, "marker-levels", [6, 99]), (KEYWORD, "marker-types", ["toner", "toner"]))
    names: ipp_printer.Field = (NAME, "marker-names", ["Black", "Magenta"])
    with ipp_printer.printer(body(*fields, names)) as uri:
        target = Printer(name="a", host="127.0.0.1", snmp=Snmp(community="toner_some", port=port), ipp=uri)
        read = reading.read(target)
    assert [one.level.percent for one in read.supplies[:4]] == [6.0, None, 40.0, 20.0]  # the lower magenta


def test_a_printer_that_sleeps_is_not_woken(port: int) -> None:
    asked: list[bytes] = []

    def answer(request: bytes) -> bytes:
        asked.append(request)
        return body(*BLACK)

    with ipp_printer.printer(answer) as uri:
        for community, times in (("asleep_standby", 0), ("ready", 1)):
            snmp = Snmp(community=community, port=port)
            reading.read(Printer(name="a", host="127.0.0.1", snmp=snmp, ipp=uri))
            assert len(asked) == times


def test_reachable_over_ipp_alone() -> None:
    with ipp_printer.printer(body()) as uri:
        target = Printer(name="a", ipp=uri)
        assert reachable.probe(target, NoParams()) == reachable.Facts(reachable=True, via="ipp", silence=None)


HOSTILE = {
    "empty": b"",
    "html": b"<html>not a printer</html>",
    "no_end": body()[:-1],
    "wrong_tags": body().replace(b"\x44\x00\x15", b"\x21\x00\x15"),
    "long_name": b"\x02\x00\0\0\0\0\0\1\x04\x23\xff\xff" + b"a" * 200,
    "integer_of_8": b"\x02\x00\0\0\0\0\0\1\x04" + b"\x23\0\x0dprinter-state\0\x08" + bytes(8) + b"\x03",
    "many_values": b"\x02\x00\0\0\0\0\0\1\x04" + ipp_printer.field(KEYWORD, "x", ["y"] * 5000) + b"\x03",
    "open_collection": b"\x02\x00\0\0\0\0\0\1\x04\x34\0\x01c\0\0" + body()[9:],
    "many_groups": b"\x02\x00\0\0\0\0\0\1" + b"\x04" * 60000,
    "oversized": body((TEXT, "printer-info", ["x" * 60000] * 4)),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_no_lie_makes_a_good_printer(case: str) -> None:
    answers = found_over_ipp(HOSTILE[case])
    assert set(answers) == {"status", "paper", "supplies"}
    assert all(isinstance(answer, str) for answer in answers.values())


@given(st.integers(8, 400))
def test_a_cut_reply_is_refused(size: int) -> None:
    whole = body(*BLACK, TRAY)
    if size < len(whole):
        with pytest.raises(ProbeError, match=r"^ipp\.malformed$"):
            ipp.decode(whole[:size])


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    for reply in (raw, b"\x02\x00\0\0\0\0\0\1\x04" + raw):
        try:
            ipp_reading.reading_of(ipp.decode(reply).printer, 0.0)
        except ProbeError as error:
            assert error.code == "ipp.malformed"  # noqa: PT017  some are read well


def test_the_older_version_is_tried() -> None:
    versions: list[bytes] = []

    def answer(request: bytes) -> bytes:
        versions.append(request[:2])
        return body(*BLACK) if request[:1] == b"\x01" else body(status=0x0503)

    with ipp_printer.printer(answer) as uri:
        ipp.ask(ipp.Call("Get-Printer-Attributes", uri), timeout_s=5.0)
    assert versions == [b"\x02\x00", b"\x01\x01"]


def test_a_request_is_what_the_rfc_says() -> None:
    call = ipp.Call(
        "Get-Jobs", "ipp://h/printers/q", wanted=("job-id", "job-state"), which_jobs="not-completed"
    )
    raw = ipp.encode(call, b"\x02\x00", 7)
    assert struct.unpack_from(">BBHIB", raw) == (2, 0, 0x000A, 7, 1)
    assert raw[-1:] == b"\x03"
    order = [raw.index(word) for word in (b"attributes-charset", b"printer-uri", b"which-jobs", b"job-state")]
    assert order == sorted(order)


@pytest.mark.parametrize("uri", ["ftp://x/", "ipp://", "nonsense", "ipp://a b/c"])
def test_an_address_that_is_none(uri: str) -> None:
    with pytest.raises(ProbeError, match=r"^ipp\.bad_uri$"):
        ipp.ask(ipp.Call("Get-Printer-Attributes", uri), timeout_s=1.0)
