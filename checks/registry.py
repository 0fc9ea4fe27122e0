"""The literal table of checks: what is built. A check that is not here is not built."""

from checks.model import AnyCheck

ALL: tuple[AnyCheck, ...] = ()

BY_ID = {check.id: check for check in ALL}
