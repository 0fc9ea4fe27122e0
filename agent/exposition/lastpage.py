"""The metrics page of the previous run: what is served until the first page of this one is rendered.

It was written grey and expired (`metrics.stale`), so serving it again cannot show a false green, and needs no
prometheus_client. A file that does not say grey is not served.
"""

import logging
import os
from pathlib import Path

NAME = "metrics.last"
MAX_BYTES = 262_144
# What is known before the first check of the first run: nothing.
NOTHING_KNOWN = b"""\
# HELP deskready_verdict Colour of the desk: 1 for the one that holds.
# TYPE deskready_verdict gauge
deskready_verdict{verdict="green"} 0.0
deskready_verdict{verdict="amber"} 0.0
deskready_verdict{verdict="grey"} 1.0
deskready_verdict{verdict="red"} 0.0
# HELP deskready_verdict_valid_until_timestamp_seconds When the verdict expires; later it means grey.
# TYPE deskready_verdict_valid_until_timestamp_seconds gauge
deskready_verdict_valid_until_timestamp_seconds 0.0
"""
_GREY = b'\ndeskready_verdict{verdict="grey"} 1.0\n'
_END = b"# end of page\n"
_log = logging.getLogger(__name__)


def save(state_dir: Path, body: bytes) -> None:
    """Replace the kept page in one step, readable for the owner only. Raises OSError (a full disk)."""
    new = state_dir / f"{NAME}.new"
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(body + _END)
        file.flush()
        os.fsync(descriptor)
    new.replace(state_dir / NAME)


def load(state_dir: Path) -> bytes:
    """Return the kept page, or NOTHING_KNOWN where there is none, it was cut, or it does not say grey."""
    try:
        with (state_dir / NAME).open("rb") as file:
            body = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return NOTHING_KNOWN
    except OSError as error:
        _log.warning("kept metrics page not read: %s", error.strerror)
        return NOTHING_KNOWN
    is_whole = len(body) <= MAX_BYTES and body.endswith(_END)
    return body.removesuffix(_END) if is_whole and _GREY in body else NOTHING_KNOWN
