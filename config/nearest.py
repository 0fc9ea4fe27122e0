"""The nearest valid name to one that a person mistyped, for the line that names the place of an error."""

from collections.abc import Iterable

LONGEST = 200  # characters compared; difflib is quadratic and the word comes from a file


def nearest(word: str, options: Iterable[str]) -> str | None:
    """Return the option most like `word`, None where none is alike enough to be meant."""
    import difflib  # noqa: PLC0415  for those who made a slip

    found = difflib.get_close_matches(word[:LONGEST], list(options), n=1)
    return found[0] if found else None
