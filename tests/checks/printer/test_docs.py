"""docs/printers.md says of every recording what the program reads in it."""

import printer_table
import snmp_server
from printer_targets import needs_recordings

from checks.printer import ipp_words, mib

DOC = (snmp_server.ROOT / "docs/printers.md").read_text()


@needs_recordings
def test_the_table_is_what_is_read() -> None:
    wanted = [*printer_table.HEAD, *printer_table.lines()]
    told = DOC.splitlines()
    assert [line for line in wanted if line not in told] == []
    assert len([line for line in wanted if "150 %" in line]) == 2  # where a naive reader is far off


def test_the_table_is_not_always_right() -> None:
    """Negative control: another reading is no line of it."""
    assert (
        "| konica_2 | 1.1 | Black Toner (toner, black) | 8 / 100 | 9 % | 8 % | 0 ≤ level ≤ max |" not in DOC
    )


def test_every_word_of_ipp_means_something() -> None:
    assert set(ipp_words.REASONS.values()) <= set(mib.ERROR_BITS)
    assert {code for code in ipp_words.ALERTS.values() if code not in mib.ALERTS} == set()
