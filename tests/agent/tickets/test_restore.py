"""An outbox that was lost with a damaged file comes back from the journal; nothing is told twice."""

from pathlib import Path

import pytest
import ticket_desk
from stores import PROCEDURE
from ticket_desk import TicketDesk, note
from ticket_office import Office

from agent.store.store import Store
from agent.tickets import outbox


def town(folder: Path, office: Office) -> TicketDesk:
    return TicketDesk(folder, ticket_desk.settings(), deliver=office.deliver)


def test_after_a_salvage_the_outbox_is_as_it_was(tmp_path: Path) -> None:
    office = Office()
    desk = town(tmp_path, office)
    desk.put(note("A"), note("A", "resolve", "report"), note("B"))
    desk.drain()
    desk.put(note("C"))
    desk.close()
    before = [(name, office.open_of(note(name).key)) for name in "ABC"]
    assert [len(found) for _, found in before] == [0, 1, 0]

    store = Store.open(tmp_path / "state", PROCEDURE)
    with store.transaction() as tx:
        for table in ("ticket_delivery", "ticket_remote", "ticket_note"):
            tx.execute(f"DELETE FROM {table}")  # noqa: S608  names of our own
    store.close()

    desk = town(tmp_path, office)
    desk.drain()
    desk.put(note("B", "comment"))
    desk.drain()
    assert [len(office.open_of(note(name).key)) for name in "ABC"] == [0, 1, 1]
    assert len(office.filed) == 3
    assert desk.remote("A").state == "resolved"
    assert outbox.depth(desk.store) == ()
    desk.close()


@pytest.mark.parametrize("names", ["", "A"])
def test_nothing_is_restored_where_nothing_was_lost(tmp_path: Path, names: str) -> None:
    office = Office()
    desk = town(tmp_path, office)
    desk.put(*(note(name) for name in names))
    desk.close()
    desk = town(tmp_path, office)
    desk.sender.turn()
    desk.close()
    assert len(office.filed) == len(names)
