"""Secrets by reference: settings say "secret:NAME", and the value is looked up when it is needed.

Looked up in this order: systemd's credentials, a file `secrets/NAME` beside the settings file, the keyring of
the operating system. Never in the environment, which every child inherits, nor on a command line. A value is
wrapped in `Secret`, which shows its name wherever it might be printed.
"""

import importlib
import os
import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from config.devices import Printer
from config.errors import BadInput
from config.strict import Path as KeyPath
from config.strict import written
from config.tables import Settings

MAX_BYTES = 16 * 1024
SERVICE = "deskready"  # under which the keyring keeps the names
_REFERENCE = re.compile(r"secret:([A-Za-z0-9][A-Za-z0-9_.-]{0,63})")
_INLINE = re.compile(r"\$\{secret\.([A-Za-z0-9][A-Za-z0-9_.-]{0,63})\}")
_OTHERS = 0o077
_OPEN = (
    os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
)


class SecretError(BadInput):
    """A secret cannot be had, or others can read it. The message is one line and never holds a value."""


class Secret:
    """A value that is not shown: str, repr and format give "secret:NAME", pickling is refused."""

    __slots__ = ("_name", "_value")

    def __init__(self, name: str, value: str) -> None:
        """Wrap `value` under the name it was looked up by."""
        self._name = name
        self._value = value

    def reveal(self) -> str:
        """Return the value itself, for the one place that sends it."""
        return self._value

    def __repr__(self) -> str:
        return f"secret:{self._name}"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(f"{self!r} does not leave this process")


def resolve(reference: str, settings_file: Path | None, environ: Mapping[str, str] | None = None) -> Secret:
    """Look up "secret:NAME". `environ` (the process's own) tells where systemd put its files, never a value.

    Raises SecretError: not a reference, not found, empty, or a file that others can read (the message
    holds the chmod to run).
    """
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        raise SecretError('not a reference of the form "secret:NAME"')
    name = match[1]
    value = _by_systemd(name, os.environ if environ is None else environ)
    if value is None and settings_file is not None:
        value = _by_file(_beside(settings_file, name))
    if value is None:
        value = _by_keyring(name)
    if value is None:
        raise SecretError(f"{reference}: not found; {_where_it_may_be(name, settings_file)}")
    if not value:
        raise SecretError(f"{reference}: is empty")
    return Secret(name, value)


def references(settings: Settings) -> Iterator[tuple[KeyPath, str]]:
    """Yield each reference of the settings with the path of its key; "${secret.NAME}" counts as one."""
    yield from _in_tree(msgspec.to_builtins(settings), ())


def guard(settings: Settings, settings_file: Path | None) -> None:
    """Look at the file behind every reference. Raises SecretError where there is one that cannot be used.

    A secret that is nowhere is no reason not to start: whoever needs it says so when the time comes.
    """
    if settings_file is None:
        return
    for path, reference in references(settings):
        try:
            _by_file(_beside(settings_file, reference.removeprefix("secret:")))
        except SecretError as error:
            raise SecretError(f"{written(path)}: {error}") from None


def fill(settings: Settings, settings_file: Path | None) -> Settings:
    """Return the settings with every printer's community looked up: it is sent in the clear anyway.

    All other secrets stay references until the moment they are used. Raises SecretError.
    """
    printers = tuple(_with_community(printer, settings_file) for printer in settings.printer)
    return msgspec.structs.replace(settings, printer=printers)


def _with_community(printer: Printer, settings_file: Path | None) -> Printer:
    if not _REFERENCE.fullmatch(printer.snmp.community):
        return printer
    community = resolve(printer.snmp.community, settings_file).reveal()
    return msgspec.structs.replace(printer, snmp=msgspec.structs.replace(printer.snmp, community=community))


def _in_tree(tree: object, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    if isinstance(tree, str):
        if _REFERENCE.fullmatch(tree):
            yield path, tree
        yield from ((path, f"secret:{name}") for name in _INLINE.findall(tree))
    elif isinstance(tree, dict):
        for key, value in tree.items():
            yield from _in_tree(value, (*path, key))
    elif isinstance(tree, list | tuple):
        for index, value in enumerate(tree):
            yield from _in_tree(value, (*path, index))


def _by_systemd(name: str, environ: Mapping[str, str]) -> str | None:
    """Read from the folder that systemd made for this service alone; its owner and modes are not judged."""
    folder = environ.get("CREDENTIALS_DIRECTORY")
    return _content(Path(folder) / name, is_ours=False) if folder else None


def _beside(settings_file: Path, name: str) -> Path:
    return settings_file.absolute().parent / "secrets" / name


def _by_file(path: Path) -> str | None:
    return _content(path, is_ours=os.name == "posix")


def _content(path: Path, *, is_ours: bool) -> str | None:
    """Return the text without its last line end, None where there is no such file.

    What is judged is what was opened, so nobody can put another file in between.
    """
    try:
        with open(path, "rb", opener=lambda name, _flags: os.open(name, _OPEN)) as file:
            _refuse_open_door(os.fstat(file.fileno()), path, is_ours=is_ours)
            content = file.read(MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise SecretError(f"{path}: {error.strerror}") from None
    if len(content) > MAX_BYTES:
        raise SecretError(f"{path}: larger than {MAX_BYTES // 1024} KiB")
    try:
        return content.decode("utf-8").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise SecretError(f"{path}: not UTF-8 text") from None


def _refuse_open_door(status: os.stat_result, path: Path, *, is_ours: bool) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise SecretError(f"{path}: not a regular file")
    if not is_ours:
        return
    if status.st_mode & _OTHERS:
        raise SecretError(f"{path}: other users may read or change it; run: chmod 600 {path}")
    if status.st_uid not in {os.geteuid(), 0}:
        raise SecretError(f"{path}: belongs to another user; run: chown {os.geteuid()} {path}")


def _by_keyring(name: str) -> str | None:
    """Ask the operating system's keyring where the optional package for it is installed."""
    try:
        keyring: Any = importlib.import_module("keyring")
        errors: Any = importlib.import_module("keyring.errors")
    except ImportError:
        return None
    try:
        value: str | None = keyring.get_password(SERVICE, name)
    except errors.KeyringError:  # locked, or a session that has none: the same as not found
        return None
    return value


def _where_it_may_be(name: str, settings_file: Path | None) -> str:
    file = f" or in {_beside(settings_file, name)} (mode 600)" if settings_file else ""
    return f"put it in systemd's LoadCredential={name}:FILE{file} or in the keyring as {SERVICE}/{name}"
