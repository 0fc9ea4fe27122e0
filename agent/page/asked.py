"""What a view is asked, and what it gives back. Plain values."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

import msgspec

from agent.clock import Instant
from agent.station import Station
from agent.words import Lang


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One request that was let in.

    `path` is the whole path, `places` its named parts ("/incident/{id}" → {"id": …}), `form` the fields of
    a POST (the last of each name, texts of at most 64 KiB in all). `by` is the OS user who asks.
    """

    path: str
    places: Mapping[str, str] = {}
    form: Mapping[str, str] = {}
    lang: Lang
    by: str
    now: Instant


class Shown(msgspec.Struct, frozen=True):
    """A view: `template` shows `view`, which it knows by that name."""

    template: str
    view: msgspec.Struct
    status: int = 200


View: TypeAlias = Callable[[Station, Asked], Shown]


class Route(msgspec.Struct, frozen=True):
    """What answers one method and path."""

    show: View
