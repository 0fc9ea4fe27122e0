"""WeCom group robot: tells, and nothing more. Contract-tested only.

`url` is the robot's address with ?key=${secret.NAME}. Source: developer.work.weixin.qq.com, documents
91770 (robot) and 90313 (error codes).
"""

from agent.tickets import chat
from agent.tickets.model import Notifier, Request, Row, Steps, Target, Verdict

_TEXT_BYTES = 2048
_CODES: dict[int, Verdict] = {
    -1: "ambiguous",  # "system busy"
    40014: "unauthorised",
    93000: "unauthorised",  # the robot's key is not valid
    93004: "unauthorised",  # the robot was removed
    45009: "rate_limited",
    45033: "rate_limited",
}


def send(target: Target, rows: tuple[Row, ...]) -> Steps[None]:
    """Send one text for all rows."""
    del target  # the key is in its address
    answer = yield Request(
        method="POST",
        path="",
        json={"msgtype": "text", "text": {"content": chat.digest(rows, _TEXT_BYTES)}},
        is_write=True,
    )
    chat.judge(answer.tree, "errcode", _CODES)


NOTIFIER = Notifier(name="wecom", send=send, spacing_s=chat.SPACING_S)
