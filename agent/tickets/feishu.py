"""Feishu (Lark) group robot: tells, and nothing more. Contract-tested only.

`url` is the robot's address; `secret` signs. Source: open.feishu.cn, "custom bot usage guide".
"""

import base64
import hashlib
import hmac
import time
from typing import Any

from agent.tickets import chat
from agent.tickets.model import Notifier, Request, Row, Steps, Target, Verdict

_TEXT_BYTES = 16_000
_CODES: dict[int, Verdict] = {
    19001: "unauthorised",  # the address is not a robot's
    19021: "unauthorised",  # signature or time do not match
    19022: "unauthorised",  # address not allowed
    19024: "unauthorised",  # keyword not found
    11232: "rate_limited",
}


def send(target: Target, rows: tuple[Row, ...]) -> Steps[None]:
    """Send one text for all rows, signed if there is a secret."""
    body: dict[str, Any] = {"msg_type": "text", "content": {"text": chat.digest(rows, _TEXT_BYTES)}}
    if target.secret:
        stamp_s = int(time.time())
        body |= {"timestamp": str(stamp_s), "sign": sign(target.secret, stamp_s)}
    answer = yield Request(method="POST", path="", json=body, is_write=True)
    chat.judge(answer.tree, "code", _CODES)


def sign(secret: str, stamp_s: int) -> str:
    """HMAC-SHA256 of nothing under stamp, line end and secret, in Base64."""
    mac = hmac.new(f"{stamp_s}\n{secret}".encode(), b"", hashlib.sha256)
    return base64.b64encode(mac.digest()).decode()


NOTIFIER = Notifier(name="feishu", send=send, spacing_s=chat.SPACING_S)
