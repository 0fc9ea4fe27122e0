"""E-mail over SMTP: tells, threaded by key; repeats are possible and have the same Message-ID.

`url` is smtps://HOST[:PORT] (TLS from the start) or smtp://HOST[:PORT] (STARTTLS where the server offers it,
and always before a password is sent). `user` and the secret log in. Source: RFC 5321, RFC 5322.
"""

import smtplib
import ssl
from email.message import EmailMessage
from urllib.parse import urlsplit

from agent.tickets.model import DeliveryError, Row, Target, Verdict

_DOMAIN = "deskready.invalid"  # RFC 2606; the ids need a domain, not a host
_SUBJECT_CHARS = 200
_PERMANENT = 500  # RFC 5321, 4.2.1
_PORTS = {"smtp": 25, "smtps": 465}


def send(target: Target, row: Row) -> None:
    """Send one row. Raises DeliveryError."""
    try:
        with _connected(target) as server:
            _log_in(server, target)
            _hand_over(server, target, row)
    except smtplib.SMTPAuthenticationError:
        raise DeliveryError("unauthorised", "smtp.log_in") from None
    except (smtplib.SMTPException, OSError) as error:
        raise DeliveryError("not_sent", f"smtp.{type(error).__name__}") from None


def message(target: Target, row: Row) -> EmailMessage:
    """Return the mail of a row; all mails of one key are one thread."""
    mail = EmailMessage()
    mail["From"] = target.mail_from
    mail["To"] = target.mail_to
    mail["Subject"] = " ".join(row.subject.split())[:_SUBJECT_CHARS]
    mail["Message-ID"] = f"<{row.op}@{_DOMAIN}>"
    mail["References"] = f"<{row.short}@{_DOMAIN}>"
    mail["In-Reply-To"] = f"<{row.short}@{_DOMAIN}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday replies
    mail["X-Deskready-Key"] = row.short
    mail.set_content(row.text)
    return mail


def _connected(target: Target) -> smtplib.SMTP:
    parts = urlsplit(target.url)
    host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 25)
    if parts.scheme == "smtps":
        return smtplib.SMTP_SSL(host, port, timeout=target.total_s, context=_context(target))
    server = smtplib.SMTP(host, port, timeout=target.total_s)
    server.ehlo_or_helo_if_needed()
    if server.has_extn("starttls"):
        server.starttls(context=_context(target))
    elif target.secret:
        server.close()
        raise DeliveryError("unauthorised", "smtp.no_tls")
    return server


def _context(target: Target) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=target.ca_file or None)


def _log_in(server: smtplib.SMTP, target: Target) -> None:
    if target.secret:
        server.login(target.user or target.mail_from, target.secret)


def _hand_over(server: smtplib.SMTP, target: Target, row: Row) -> None:
    """Give the mail away: after its last byte a lost answer leaves it unknown."""
    try:
        refused = server.send_message(message(target, row))
    except (smtplib.SMTPSenderRefused, smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError) as error:
        raise DeliveryError(*_refusal(error)) from None
    except (smtplib.SMTPException, OSError):
        raise DeliveryError("ambiguous", "smtp.answer_lost") from None
    if refused:  # some of several addresses; the others have it
        return


def _refusal(error: smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused) -> tuple[Verdict, str]:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = min(found[0] for found in error.recipients.values())
    else:
        code = error.smtp_code
    return ("rejected" if code >= _PERMANENT else "not_sent", f"smtp.{code}")
