"""The program's own strings: English, marked where they stand, translated where they are said."""


def mark(message: str) -> str:
    """Mark a message for translation; `make locale` collects what is marked."""
    return message
