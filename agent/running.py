"""What the process around a desk knows of itself, for whoever looks after it."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec


class Running(msgspec.Struct, frozen=True):
    """A daemon sets all of it; a command has no more to say. `refused`: listener → reason → count."""

    settings_path: Path | None = None
    log: Callable[[], Sequence[str]] = tuple
    refused: Mapping[str, Mapping[str, int]] = {}
