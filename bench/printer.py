"""A printer for the bench's desk: snmpsim with the synthetic recording, in the gateway's namespace.

Prints "ready" when it answers and ends with its standard input. Its community is COMMUNITY.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMUNITY = "laser_ready_synthetic"
PORT = 1161  # the simulator gives up root before it opens it


def main(address: str) -> None:
    """Serve on `address` until standard input ends."""
    sys.path.insert(0, str(ROOT / "tests"))
    import snmp_server  # type: ignore[import-not-found]  # noqa: PLC0415  only where the printer is served

    with snmp_server.printers(snmp_server.RECORDINGS, port=PORT, address=address):
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1])
