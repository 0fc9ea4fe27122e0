"""A small daemon that opens incidents and sends them until it is killed: victim.py FOLDER SITE_JSON NUMBER.

It says "put ID" after each commit. The next one finds what this one left.
"""

import json
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import msgspec
import ticket_desk
from ticket_desk import TicketDesk, note

from agent.tickets import child
from agent.tickets.model import Outcome, Row, Target

SETTLE_S = 3.0  # longer than the servers here take over a request
TOTAL_S = 3.0


def desk(folder: Path, site: dict[str, str]) -> TicketDesk:
    """A desk before the proxy of `site`, with short waiting times."""
    wanted = ticket_desk.settings(
        site["backend"], site["url"], project=site["project"], key_field=site["key_field"]
    )

    def deliver(target: Target, rows: tuple[Row, ...]) -> tuple[Outcome, ...]:
        hurried = msgspec.structs.replace(target, total_s=TOTAL_S)
        return child.deliver(hurried, rows, folder / "tickets.lock")

    return TicketDesk(folder, wanted, secret=site["secret"], deliver=deliver, settle_s=SETTLE_S)


def main(folder: Path, site: dict[str, str], number: str) -> None:
    own = desk(folder, site)
    life = [note(f"K{number}"), note(f"K{number}", "comment", "severity_changed")]
    own.put(*life)
    os.write(1, f"put K{number}\n".encode())
    while True:
        time.sleep(min(own.sender.turn(), 0.2))


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(sys.argv[2]), sys.argv[3])
