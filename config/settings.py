"""The settings of this desk: where the file is, what it says, and every error in it at once.

No file at all works: then every table has its defaults. A file with an error is refused as a whole, and a
running program keeps what it had (`reload`).
"""

import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from config import rules
from config.errors import BadInput
from config.strict import Problem, problems, written
from config.tables import Settings
from config.toml_lines import line_of

__all__ = ["Settings", "SettingsError", "load", "reload", "state_dir", "warnings", "where"]

MAX_BYTES = 1024 * 1024
SYSTEM_FILE = Path("/etc/deskready/deskready.toml")
_MAX_LINES = 100  # errors told at once
_OVERLAYS = "procedure.d"
# Keys that name a file; a relative one is meant from the folder of the settings file.
_FILES = {"metrics": ("tls_cert", "tls_key"), "ticket": ("ca_file",), "fleet": ("ca_file",)}


class SettingsError(BadInput):
    """The settings cannot be used. `lines` holds one line for each error: file, line, key path, words."""

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def load(path: Path | None) -> Settings:
    """Read and judge the settings file; None gives the defaults.

    Raises SettingsError with every error: unreadable, not TOML, unknown key, wrong kind, broken rule.
    Relative names of files come back absolute, from the folder of the settings file.
    """
    if path is None:
        return Settings()
    text = _read(path)
    tree = _parse(text, path)
    _refuse(problems(tree, Settings), text, path)
    settings = msgspec.convert(tree, Settings, strict=True)
    _refuse(rules.problems(settings), text, path)
    return _anchored(settings, path.absolute())


def reload(path: Path | None, current: Settings) -> tuple[Settings, str | None]:
    """Read the settings again: the new ones and None, or the current ones and one line on what is wrong."""
    try:
        return load(path), None
    except SettingsError as error:
        first, *more = error.lines
        return current, f"{first} (and {len(more)} more)" if more else first


def warnings(settings: Settings) -> tuple[str, ...]:
    """Return a line for each setting that is allowed and not safe."""
    return tuple(f"{written(one.path)}: {one.words}" for one in rules.cautions(settings))


def where(environ: Mapping[str, str], argument: str | Path | None, system: Path = SYSTEM_FILE) -> Path | None:
    """Find the settings file: `argument`, DESKREADY_CONFIG, the user's, the system's; None: there is none.

    Raises SettingsError where a file was asked for by name and is not there, or may not be looked at.
    """
    for asked, by in ((argument, ""), (environ.get("DESKREADY_CONFIG"), " (from DESKREADY_CONFIG)")):
        if asked:
            if not _is_there(Path(asked)):
                raise SettingsError(f"{asked}: no such file{by}")
            return Path(asked)
    own = _folder(environ, "XDG_CONFIG_HOME", "APPDATA", ".config") / "deskready" / "deskready.toml"
    return next((path for path in (own, system) if _is_there(path)), None)


def state_dir(environ: Mapping[str, str], argument: str | Path | None) -> Path:
    """Return the folder of the store, which need not exist yet.

    `argument`, DESKREADY_STATE, systemd's STATE_DIRECTORY (the first of them), XDG_STATE_HOME, or
    ~/.local/state/deskready; on Windows below LOCALAPPDATA.
    """
    for asked in (argument, environ.get("DESKREADY_STATE")):
        if asked:
            return Path(asked)
    by_systemd = environ.get("STATE_DIRECTORY", "").partition(":")[0]
    if by_systemd:
        return Path(by_systemd)
    return _folder(environ, "XDG_STATE_HOME", "LOCALAPPDATA", ".local/state") / "deskready"


def _folder(environ: Mapping[str, str], xdg: str, windows: str, below_home: str) -> Path:
    """Return one of the user's folders; a relative value of an XDG variable counts for nothing."""
    named = environ.get(windows if os.name == "nt" else xdg, "")
    if named and Path(named).is_absolute():
        return Path(named)
    try:
        home = Path(environ.get("HOME") or Path.home())
    except RuntimeError:
        raise SettingsError(f"no home folder is known: set HOME or {xdg}") from None
    return home / below_home


def _is_there(path: Path) -> bool:
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path}: {getattr(error, 'strerror', None) or error}") from None
    return True


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path}: {getattr(error, 'strerror', None) or error}") from None
    if len(content) > MAX_BYTES:
        raise SettingsError(f"{path.name}: larger than {MAX_BYTES // 1024} KiB")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SettingsError(f"{path.name}: line {line}: not UTF-8; save the file as UTF-8") from None
    return text.removeprefix("\ufeff")


def _parse(text: str, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except ValueError as error:  # TOMLDecodeError is one; a number of 5,000 digits gives a plain one
        raise SettingsError(f"{path.name}: not TOML: {error}") from None
    except RecursionError:
        raise SettingsError(f"{path.name}: not TOML that can be read: nested too deeply") from None


def _refuse(found: Iterable[Problem], text: str, path: Path) -> None:
    """Raise SettingsError with a line for each problem, if there is any."""
    lines = list(_lines(found, text, path.name))
    if lines:
        raise SettingsError(*lines)


def _lines(found: Iterable[Problem], text: str, name: str) -> Iterator[str]:
    for count, problem in enumerate(found):
        if count == _MAX_LINES:
            yield f"{name}: more errors follow"
            return
        line = line_of(text, problem.path)
        place = f"line {line}: " if line else ""
        yield f"{name}: {place}{written(problem.path)}: {problem.words}"


def _anchored(settings: Settings, path: Path) -> Settings:
    """Make the names of files absolute; overlays are in `procedure.d`, if there is one, unless named."""
    folder = path.parent
    changed: dict[str, msgspec.Struct] = {
        table: _with_absolute(getattr(settings, table), keys, folder) for table, keys in _FILES.items()
    }
    for table in ("system", "transaction", "notify"):
        rows = getattr(settings, table)
        changed[table] = tuple(_with_absolute(row, ("ca_file",), folder) for row in rows)  # type: ignore[assignment]
    changed["transaction"] = tuple(  # type: ignore[assignment]
        msgspec.structs.replace(row, settings_file=str(path))
        for row in changed["transaction"]  # type: ignore[attr-defined]
    )
    files = settings.procedure
    usual = folder / _OVERLAYS
    overlays = folder / files.overlays if files.overlays else usual if usual.is_dir() else ""
    placed = _with_absolute(files, ("file",), folder)
    changed["procedure"] = msgspec.structs.replace(placed, overlays=str(overlays))
    return msgspec.structs.replace(settings, **changed)


def _with_absolute(row: msgspec.Struct, keys: Iterable[str], folder: Path) -> msgspec.Struct:
    named = {key: str(folder / getattr(row, key)) for key in keys if getattr(row, key)}
    return msgspec.structs.replace(row, **named)
