"""Rows that the incidents want to see soon."""

import msgspec

from agent.incidents.retest import Key


class Wanted(msgspec.Struct, frozen=True):
    """Rows that should run soon: for a retest, or because a child's fault may be theirs."""

    retests: frozenset[Key] = frozenset()
    parents: frozenset[Key] = frozenset()
