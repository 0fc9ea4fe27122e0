"""The file that starts the tray when its user logs in (freedesktop.org, Desktop Application Autostart)."""

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

NAME = "deskready-tray.desktop"
_PLAIN = re.compile(r"[A-Za-z0-9_./:=@+-]+")
_ENTRY = """\
[Desktop Entry]
Type=Application
Name=deskready
Comment=Whether this desk is ready for work
Comment[zh_CN]=这个工位能不能开工
Exec={command}
Terminal=false
NoDisplay=true
X-GNOME-Autostart-enabled=true
"""


def path(environment: Mapping[str, str]) -> Path:
    """Return where the file of this user belongs."""
    config = environment.get("XDG_CONFIG_HOME") or Path(environment.get("HOME", "~")).expanduser() / ".config"
    return Path(config) / "autostart" / NAME


def install(environment: Mapping[str, str], words: Sequence[str]) -> Path:
    """Write the file so that it runs this program with `words`; returns its path. Raises OSError."""
    file = path(environment)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(entry([*program(), *words]), encoding="utf-8")
    return file


def remove(environment: Mapping[str, str]) -> Path:
    """Remove the file, if it is there; returns its path. Raises OSError."""
    file = path(environment)
    file.unlink(missing_ok=True)
    return file


def program() -> list[str]:
    """Return the command line of this program without its arguments."""
    own = Path(sys.argv[0])
    return [str(own.resolve())] if own.name == "deskready" else [sys.executable, "-m", "agent.cli.main"]


def entry(command: Sequence[str]) -> str:
    """Return the text of the file. Arguments are quoted as the Desktop Entry Specification wants it."""
    return _ENTRY.format(command=" ".join(map(_quoted, command)))


def _quoted(word: str) -> str:
    r"""Quote a word: " ` $ \ are escaped, backslashes once more as in any string; % is doubled."""
    if _PLAIN.fullmatch(word):
        return word
    escaped = re.sub(r'(["`$\\])', r"\\\1", word.replace("%", "%%"))
    return '"' + escaped.replace("\\", "\\\\") + '"'
