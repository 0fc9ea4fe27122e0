"""DingTalk group robot: tells, and nothing more. Contract-tested only.

`url` is the robot's address with ?access_token=${secret.NAME}; `secret` signs. Source: open.dingtalk.com,
"custom robot", its signature and error codes.
"""

import base64
import hashlib
import hmac
import time

from agent.tickets import chat
from agent.tickets.model import Notifier, Request, Row, Steps, Target, Verdict

_TEXT_BYTES = 16_000
_CODES: dict[int, Verdict] = {
    -1: "ambiguous",  # "system busy"
    300005: "unauthorised",  # the token does not exist
    310000: "unauthorised",  # signature, keyword or address do not match
    400101: "unauthorised",
    130101: "rate_limited",
    410100: "rate_limited",
}


def send(target: Target, rows: tuple[Row, ...]) -> Steps[None]:
    """Send one text for all rows, signed if there is a secret."""
    stamp_ms = int(time.time() * 1000)
    query = {"timestamp": str(stamp_ms), "sign": sign(target.secret, stamp_ms)} if target.secret else {}
    answer = yield Request(
        method="POST",
        path="",
        query=query,
        json={"msgtype": "text", "text": {"content": chat.digest(rows, _TEXT_BYTES)}},
        is_write=True,
    )
    chat.judge(answer.tree, "errcode", _CODES)


def sign(secret: str, stamp_ms: int) -> str:
    """HMAC-SHA256 of stamp, line end and secret under the secret, in Base64; not yet encoded for a URL."""
    mac = hmac.new(secret.encode(), f"{stamp_ms}\n{secret}".encode(), hashlib.sha256)
    return base64.b64encode(mac.digest()).decode()


NOTIFIER = Notifier(name="dingtalk", send=send, spacing_s=chat.SPACING_S)
