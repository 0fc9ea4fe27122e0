"""What may not be written down or go out: texts that look like a client's number, card or address. Pure.

The patterns are the procedure's `[privacy].reject_patterns`. Names cannot be told by a pattern, so no field
for one exists.
"""

import re
import unicodedata
from functools import cache

from config.business import Privacy

_BETWEEN_DIGITS = re.compile(r"(?<=[0-9])[\s\-‐-―.·_()/]+(?=[0-9])")  # 138-0013 8000 is a number too


def looks_personal(text: str, privacy: Privacy) -> bool:
    """Whether a refused pattern is in a text, also written full-width, in other scripts' digits or apart."""
    plain = _plain(text)
    return any(_compiled(pattern).search(plain) for pattern in privacy.reject_patterns)


def hidden(text: str, privacy: Privacy) -> str:
    """Return a text that goes out with "…" where a refused pattern is; input is refused, not blotted out."""
    for pattern in privacy.reject_patterns:
        text = _compiled(pattern).sub("…", text)
    return text


def _plain(text: str) -> str:
    """Bring look-alikes together: compatibility forms, decimal digits of any script, no format characters."""
    folded = unicodedata.normalize("NFKC", text)
    shown = (letter for letter in folded if unicodedata.category(letter) != "Cf")
    digits = "".join(str(unicodedata.decimal(letter, letter)) for letter in shown)
    return _BETWEEN_DIGITS.sub("", digits)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
