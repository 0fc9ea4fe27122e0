"""`make pictures`: take the pictures of README and docs again, from the program as it is.

A picture is one line of SHOTS: its name in docs/pictures, and what takes it as PNG. `make pictures ONLY=tray`
takes those whose names begin so.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(Path(__file__).parent)]

import page_pictures  # noqa: E402  they stand on what the tests stand on
import ticket_picture  # noqa: E402
import tray_pictures  # noqa: E402

FOLDER = ROOT / "docs/pictures"
LANGS, PANELS = ("zh", "en"), ("light", "dark")


def tray_shots() -> Iterator[tuple[str, Callable[[], bytes]]]:
    """The tray: each state of the light, in both languages, on a light and on a dark panel."""
    for colour, lang, panel in product(tray_pictures.STATES, LANGS, PANELS):
        yield f"tray-{colour}-{lang}-{panel}", partial(tray_pictures.take, colour, lang, panel)


SHOTS: Mapping[str, Callable[[], bytes]] = {
    **dict(tray_shots()),
    **{name: partial(page_pictures.take, name) for name in page_pictures.NAMES},
    "ticket-redmine": ticket_picture.take,
}


def main() -> int:
    """Take the pictures that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="?", default="", help="the beginning of the names to take")
    only = parser.parse_args().only
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, take in SHOTS.items():
        if name.startswith(only):
            (FOLDER / f"{name}.png").write_bytes(take())
            print(name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
