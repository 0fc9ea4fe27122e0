"""Case references: random, short enough to say on the telephone, and nothing of the client in them."""

import secrets

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # 32 letters and digits; no I, O, 0, 1
_GROUP = 3


def new_ref() -> str:
    """Return a new reference such as "K7Q-2M9": 30 random bits."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(_GROUP)) for _ in range(2))


def as_typed(text: str) -> str:
    """Return a reference as the journal writes it, from how a person types it ("k7q 2m9")."""
    letters = "".join(text.split()).replace("-", "").upper()
    return f"{letters[:_GROUP]}-{letters[_GROUP:]}" if len(letters) == 2 * _GROUP else text.strip().upper()
