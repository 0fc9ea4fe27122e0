"""What every table of the procedure is made of: the strict row, texts in both languages, spans of time."""

from typing import Annotated, Literal, TypeAlias

import msgspec

Level: TypeAlias = Literal["blocking", "advisory", "record"]
Days = Annotated[str, msgspec.Meta(pattern=r"^([0-9]+d|renewal-[0-9]+d)$")]


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the file; an unknown key is an error."""


class Text(Row, frozen=True):
    """One text in both languages."""

    zh: str
    en: str


class Lines(Row, frozen=True):
    """Steps in both languages."""

    zh: tuple[str, ...]
    en: tuple[str, ...]
