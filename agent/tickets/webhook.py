"""A generic webhook: one POST for each note, with a body made from the template of the settings.

In the template, JSON, every "{name}" in a string is filled with a field of the note: op, kind, key, short,
subject, text, severity. The secret goes as a Bearer token. An answer of 2xx is a delivery.
"""

import re

import msgspec

from agent.tickets.model import DeliveryError, Notifier, Request, Row, Steps, Target, Tree

_NAMES = ("op", "kind", "key", "short", "subject", "text", "severity")
_DEFAULT = {name: f"{{{name}}}" for name in _NAMES}
_PLACE = re.compile(r"\{(" + "|".join(_NAMES) + r")\}")


def send(target: Target, rows: tuple[Row, ...]) -> Steps[None]:
    """Post each row with its own idempotency key."""
    for row in rows:
        headers = {"Idempotency-Key": row.op}
        if target.secret:
            headers["Authorization"] = f"Bearer {target.secret}"
        yield Request(
            method="POST",
            path="",
            headers=headers,
            json=filled(_template(target), row),
            expects=(200, 201, 202, 204),
            is_write=True,
        )


def filled(tree: Tree, row: Row) -> Tree:
    """Return a template with the row's fields in its strings; anything else in braces stays as it is."""
    if isinstance(tree, str):
        return _PLACE.sub(lambda found: str(getattr(row, found[1])), tree)
    if isinstance(tree, dict):
        return {key: filled(value, row) for key, value in tree.items()}
    if isinstance(tree, list):
        return [filled(value, row) for value in tree]
    return tree


def _template(target: Target) -> Tree:
    if not target.template:
        return _DEFAULT
    try:
        return msgspec.json.decode(target.template)
    except msgspec.DecodeError:
        raise DeliveryError("rejected", "webhook.template") from None


NOTIFIER = Notifier(name="webhook", send=send)
