"""What every command needs first: the settings, the procedure, the state folder, the language."""

import argparse
import os
from pathlib import Path

from config import procedure as procedures
from config.procedure import Procedure
from config.settings import Settings, load, state_dir, where


def settings_of(options: argparse.Namespace) -> tuple[Settings, Path | None]:
    """Read the settings that the options or the environment name; they decide a language not asked for.

    Raises SettingsError.
    """
    path = where(os.environ, options.config)
    settings = load(path)
    options.lang = options.lang or settings.station.lang
    return settings, path


def procedure_of(settings: Settings) -> Procedure:
    """Read the procedure in force on this desk. Raises ProcedureError."""
    return procedures.load(*procedure_files(settings))


def procedure_files(settings: Settings) -> tuple[Path, Path | None]:
    """Return the procedure's file and the folder of its overlays, as the settings name them."""
    files = settings.procedure
    base = Path(files.file) if files.file else procedures.SHIPPED
    return base, Path(files.overlays) if files.overlays else None


def state_of(options: argparse.Namespace) -> Path:
    """Return the folder for the store and the control socket. Raises SettingsError."""
    return state_dir(os.environ, options.state)
