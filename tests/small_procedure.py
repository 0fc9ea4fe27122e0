"""A small whole procedure for tests, and what a program that serves it would have built."""

import tomllib
from pathlib import Path
from typing import Any

import msgspec

from config.procedure import SHIPPED
from config.schema import Rows
from config.shipped import Shipped, ShippedCheck

_ROWS = Path(__file__).parent / "config" / "small.toml"


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of the check lamp.level."""

    warn_lux: int = 300


SHIPPED_ALL = Shipped(
    checks={
        "lamp.level": ShippedCheck(Params, {"LAMP_WEAK": ("lux",)}),
        "lamp.colour": ShippedCheck(Params, {}),
    },
    parts={
        "attestation:bright_enough": "built",
        "test:preop": "built",
        "training": "built",
        "guidance": "built",
        "journal": "built",
        "maintenance": "built",
        "incident": "built",
    },
)


def text() -> str:
    """Return the whole file: the plain tables of the shipped procedure and the small rows."""
    shipped = SHIPPED.read_text(encoding="utf-8")
    return shipped[: shipped.index("[[section]]")] + _ROWS.read_text(encoding="utf-8")


def changed(old: str, new: str) -> str:
    """Return the file with the first `old` replaced; fails where there is none."""
    whole = text()
    assert old in whole, old
    return whole.replace(old, new, 1)


def tree(content: str) -> dict[str, Any]:
    """Return the file as TOML reads it."""
    return tomllib.loads(content)


def rows(content: str) -> Rows:
    """Return the file typed."""
    return msgspec.convert(tree(content), Rows, strict=True)
