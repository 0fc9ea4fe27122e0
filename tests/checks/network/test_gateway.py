"""What a silent gateway means, from the facts alone."""

import msgspec
import pytest

from checks.model import ProbeError
from checks.network import gateway


def test_another_gateway_has_not_answered_before() -> None:
    known = gateway.Facts("10.77.0.1", "icmp", 1.0, 0.0, "present", is_known_to_answer=True)
    silent = gateway.Facts("10.77.0.9", "icmp", None, 100.0, "present", is_known_to_answer=False)
    with pytest.raises(ProbeError, match=r"network\.gateway_silent"):
        gateway.carry(known, silent)
    dead = msgspec.structs.replace(silent, neighbour="missing")
    assert [one.code for one in gateway.judge(gateway.carry(known, dead), gateway.CHECK.params())] == [
        "NET_GATEWAY"
    ]
