"""Run one check once and print what it came to, as JSON; the question is JSON on standard input.

{"check": id, "target": {…}, "params": {…}, "previous": facts or null}
→ {"facts": …, "findings": […], "samples": […], "reason": null or a code, "is_absent": …, "took_s": …}
"""

import sys
import time
from typing import Any

import msgspec

from checks.model import AnyCheck, ProbeError
from checks.registry import BY_ID


class Question(msgspec.Struct):
    """What is asked for."""

    check: str
    target: dict[str, Any]
    params: dict[str, Any] = {}
    previous: dict[str, Any] | None = None


def answer(question: Question) -> dict[str, Any]:
    """Probe, carry, judge and measure once."""
    check: AnyCheck = BY_ID[question.check]
    target = msgspec.convert(question.target, check.target)
    params = msgspec.convert(question.params, check.params)
    previous = question.previous and msgspec.convert(question.previous, check.facts)
    started_s = time.monotonic()
    try:
        facts = check.probe(target, params)
        took_s = time.monotonic() - started_s
        facts = check.carry(previous, facts)
    except ProbeError as error:
        took_s = time.monotonic() - started_s
        return {"reason": error.code, "is_absent": error.is_absent, "took_s": took_s}
    findings = [msgspec.to_builtins(one) for one in check.judge(facts, params)]
    samples = [msgspec.to_builtins(one) for one in check.measure(facts)]
    return {"reason": None, "facts": facts, "findings": findings, "samples": samples, "took_s": took_s}


if __name__ == "__main__":
    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=Question)
    sys.stdout.buffer.write(msgspec.json.encode(answer(asked)))
