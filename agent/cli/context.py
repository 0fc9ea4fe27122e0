"""What every command needs first: the settings, the procedure, the state folder, the language."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from config import secrets
from config.settings import Settings, load, state_dir, where

if TYPE_CHECKING:
    from config.procedure import Procedure


def settings_of(options: argparse.Namespace) -> tuple[Settings, Path | None]:
    """Read the settings that the options or the environment name; they decide a language not asked for.

    Raises SettingsError, SecretError.
    """
    path = where(os.environ, options.config)
    settings = secrets.fill(load(path), path)
    options.lang = options.lang or settings.station.lang
    return settings, path


def procedure_of(settings: Settings) -> "Procedure":
    """Read the procedure in force on this desk. Raises ProcedureError."""
    from config import procedure as procedures  # noqa: PLC0415  after the first page is out

    return procedures.in_force(settings.procedure)


def state_of(options: argparse.Namespace) -> Path:
    """Return the folder for the store and the control socket. Raises SettingsError."""
    return state_dir(os.environ, options.state)
