"""Channels that only tell: a real SMTP server, and the published shapes and codes of the chat robots."""

import base64
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import certificates
import msgspec
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from tickets import servers
from tickets.shapes import SHORT, Turn, row, shapes

from agent.tickets import chat, deliver, dingtalk, feishu
from agent.tickets.model import Outcome, Row, Target


class Post:
    """What a real SMTP server does with mail; `refuses` answers with that line instead."""

    def __init__(self, refuses: str = "") -> None:
        self.refuses = refuses
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  aiosmtpd's name
        if self.refuses:
            return self.refuses
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        return "250 kept"


@contextmanager
def post_office(post: Post, **options: Any) -> Iterator[int]:
    class Office(Controller):
        def factory(self) -> SMTP:
            return SMTP(self.handler, **options)

    port = servers.free_port()
    office = Office(post, hostname="127.0.0.1", port=port)
    office.start()
    try:
        yield port
    finally:
        office.stop()


def mailed(port: int, *rows: Row, **changes: Any) -> list[Outcome]:
    own = {"mail_from": "desk@example.cn", "mail_to": "it@example.cn"}
    target = Target(**{"backend": "email", "url": f"smtp://127.0.0.1:{port}", **own, **changes})
    return list(deliver.deliver(target, rows))


def test_mails_of_one_key_are_one_thread() -> None:
    post = Post()
    with post_office(post) as port:
        (first,) = mailed(port, row(subject="卡纸\r\nBcc: all@example.cn"))
        mailed(port, row("comment", op="op-2"))
        mailed(port, row("comment", op="op-2"))
    assert first.outcome == "delivered"
    assert len({str(mail["References"]) for mail in post.mails}) == 1
    assert [mail["Message-ID"] for mail in post.mails][1:] == ["<op-2@deskready.invalid>"] * 2
    assert post.mails[0]["Bcc"] is None
    assert post.mails[0]["X-Deskready-Key"] == SHORT
    assert post.mails[0].get_content().startswith("a < b")


@pytest.mark.parametrize(
    ("line", "means"), [("451 later", "not_sent"), ("550 no such box", "rejected"), ("554 spam", "rejected")]
)
def test_what_a_refusal_means(line: str, means: str) -> None:
    with post_office(Post(line)) as port:
        (came,) = mailed(port, row())
    assert (came.outcome, came.detail) == (means, f"smtp.{line[:3]}")


def test_a_server_that_is_not_there() -> None:
    with post_office(Post()) as port:
        pass
    assert mailed(port, row())[0].outcome == "not_sent"


def test_a_password_is_never_sent_without_tls() -> None:
    seen: list[Any] = []

    def log_in(_server: Any, _session: Any, _envelope: Any, _mechanism: Any, given: Any) -> AuthResult:
        seen.append(given)
        return AuthResult(success=True)

    with post_office(Post(), authenticator=log_in, auth_require_tls=False) as port:
        (came,) = mailed(port, row(), user="u", secret="canary")  # noqa: S106
    assert (came.outcome, came.detail, seen) == ("unauthorised", "smtp.no_tls", [])


@pytest.mark.parametrize(("given", "is_right"), [("right", True), ("wrong", False)])
def test_a_log_in_over_starttls(tmp_path: Path, given: str, *, is_right: bool) -> None:
    def log_in(_server: Any, _session: Any, _envelope: Any, _mechanism: Any, login: Any) -> AuthResult:
        is_known = isinstance(login, LoginPassword) and login[1] == b"right"
        return AuthResult(success=is_known, handled=is_known)  # not handled: it answers 535 itself

    cert, key = certificates.make(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    post = Post()
    with post_office(post, authenticator=log_in, tls_context=context, require_starttls=True) as port:
        (came,) = mailed(port, row(), user="u", secret=given, ca_file=str(cert))
        (untrusted,) = mailed(port, row(), user="u", secret=given)
    assert came.outcome == ("delivered" if is_right else "unauthorised")
    assert untrusted.outcome == "not_sent"
    assert len(post.mails) == is_right


def told(backend: str, turn: Turn, *rows: Row, **changes: Any) -> list[Outcome]:
    with shapes(turn) as server:
        url = server.url + changes.pop("path", "/hook")
        return list(deliver.deliver(Target(backend=backend, url=url, **changes), rows))


TEXT = "Jam\na < b\nkey"
CHATS = {
    "wecom": ("errcode", {"msgtype": "text", "text": {"content": TEXT}}),
    "dingtalk": ("errcode", {"msgtype": "text", "text": {"content": TEXT}}),
    "feishu": ("code", {"msg_type": "text", "content": {"text": TEXT}}),
}


@pytest.mark.parametrize("backend", CHATS)
def test_a_robot_takes_one_message_for_many_notes(backend: str) -> None:
    code, body = CHATS[backend]
    (one,) = told(backend, Turn("POST /hook?key=k", body, answer={code: 0}), row(), path="/hook?key=k")
    assert one.outcome == "delivered"
    line = f"Jam [{SHORT}]"
    both = msgspec.json.encode(f"{line}\n{line}")
    many = msgspec.json.decode(msgspec.json.encode(body).replace(msgspec.json.encode(TEXT), both))
    came = told(backend, Turn("POST /hook", many, answer={code: 0}), row(), row(note=2))
    assert [outcome.outcome for outcome in came] == ["delivered", "delivered"]


@pytest.mark.parametrize(
    ("backend", "code", "means"),
    [
        ("wecom", 45009, "rate_limited"),
        ("wecom", 93000, "unauthorised"),
        ("wecom", 40008, "rejected"),
        ("wecom", -1, "ambiguous"),
        ("dingtalk", 130101, "rate_limited"),
        ("dingtalk", 310000, "unauthorised"),
        ("dingtalk", 400, "rejected"),
        ("feishu", 11232, "rate_limited"),
        ("feishu", 19021, "unauthorised"),
        ("feishu", 9499, "rejected"),
        ("feishu", None, "ambiguous"),
    ],
)
def test_a_robots_200_may_be_a_refusal(backend: str, code: int | None, means: str) -> None:
    name, body = CHATS[backend]
    (came,) = told(backend, Turn("POST /hook", body, answer={name: code, "msg": "x"}), row())
    assert came.outcome == means


def test_signatures_are_the_published_ones() -> None:
    """Worked out with openssl dgst -sha256 -hmac, from the recipes in the robots' documents."""
    assert dingtalk.sign("SEC1", 1700000000000) == base64.b64encode(bytes.fromhex(DINGTALK_HEX)).decode()
    assert feishu.sign("SEC1", 1700000000) == base64.b64encode(bytes.fromhex(FEISHU_HEX)).decode()


DINGTALK_HEX = "ba4478f96a0e3814c668e6ae62aba0c55acc485cabf76ab884fc49c6e3a48a2a"
FEISHU_HEX = "b3755ae2bbbd210518e874c9718c7b3845725e5d15d12ff2df6bf865b7ce1c22"


def test_a_long_text_is_cut_at_a_letter_and_keeps_its_key() -> None:
    cut = chat.cut("纸" * 3000 + "\nlast dr1", 2048)
    assert len(cut.encode()) <= 2048
    assert cut.endswith("…\nlast dr1")


def test_a_webhook_is_filled_in_one_pass() -> None:
    template = '{"text": "{subject}: {text}", "tags": ["{key}", "{nothing}"], "n": 1}'
    tags = ["dr1:SN-1:printer.status:PRN_JAM", "{nothing}"]
    wanted = {"text": '{text} "quoted": a < b\nkey', "tags": tags, "n": 1}
    headers = {"Idempotency-Key": "op-1", "Authorization": "Bearer s"}
    turn = Turn("POST /hook", wanted, status=204, headers=headers)
    (came,) = told("webhook", turn, row(subject='{text} "quoted"'), template=template, secret="s")  # noqa: S106
    assert came.outcome == "delivered"


def test_a_webhook_without_a_template_gets_all_fields() -> None:
    fields = ("op", "kind", "key", "short", "subject", "text", "severity")
    wanted = {name: getattr(row(), name) for name in fields}
    assert told("webhook", Turn("POST /hook", wanted, status=202), row())[0].outcome == "delivered"
