"""What a person must mend before the program can go on, told in one line."""


class BadInput(Exception):  # noqa: N818  it names what is wrong, as its kinds do
    """Settings, a secret or the procedure cannot be used; the message names the place."""
