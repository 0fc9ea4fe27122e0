"""Secrets by reference: where they are looked up, which files are refused, and that no value ever shows."""

import copy
import json
import logging
import os
import pickle
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from config.secrets import MAX_BYTES, Secret, SecretError, guard, references, resolve
from config.settings import load

VALUE = "s3cr3t-canary"
KEYRING = """
def get_password(service, name):
    if name == "locked":
        from keyring.errors import KeyringError
        raise KeyringError("locked")
    return {("deskready", "key"): "from the keyring"}.get((service, name))
"""


@pytest.fixture
def settings_file(tmp_path: Path) -> Path:
    (tmp_path / "secrets").mkdir()
    return tmp_path / "deskready.toml"


@pytest.fixture
def keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Lay down a package of the keyring's shape: a real keyring needs a desktop session."""
    package = tmp_path / "site" / "keyring"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(KEYRING)
    (package / "errors.py").write_text("class KeyringError(Exception):\n    pass\n")
    monkeypatch.syspath_prepend(tmp_path / "site")
    yield
    for name in ("keyring", "keyring.errors"):
        sys.modules.pop(name, None)


def kept(settings_file: Path, text: str = VALUE, mode: int = 0o600) -> Path:
    path = settings_file.parent / "secrets" / "key"
    path.write_text(text)
    path.chmod(mode)
    return path


@pytest.mark.usefixtures("keyring")
def test_systemd_comes_before_the_file_and_the_file_before_the_keyring(
    settings_file: Path, tmp_path: Path
) -> None:
    assert resolve("secret:key", settings_file, {}).reveal() == "from the keyring"
    kept(settings_file, "from the file\n")
    assert resolve("secret:key", settings_file, {}).reveal() == "from the file"
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "key").write_text("from systemd\n")
    environ = {"CREDENTIALS_DIRECTORY": str(credentials)}
    assert resolve("secret:key", settings_file, environ).reveal() == "from systemd"


@pytest.mark.usefixtures("keyring")
def test_a_locked_keyring_is_as_one_without_the_secret(settings_file: Path) -> None:
    with pytest.raises(SecretError, match="not found"):
        resolve("secret:locked", settings_file, {})


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o601, 0o666])
def test_a_file_that_others_may_use_is_refused_with_the_command_that_mends_it(
    settings_file: Path, mode: int
) -> None:
    path = kept(settings_file, mode=mode)
    with pytest.raises(SecretError) as caught:
        resolve("secret:key", settings_file, {})
    command = str(caught.value).partition("run: ")[2]
    assert command == f"chmod 600 {path}"
    assert os.system(command) == 0  # noqa: S605  the very line a person would run
    assert resolve("secret:key", settings_file, {}).reveal() == VALUE


@pytest.mark.root
def test_a_file_of_another_user_is_refused(settings_file: Path) -> None:
    os.chown(kept(settings_file), 65534, -1)
    with pytest.raises(SecretError, match="belongs to another user; run: chown 0 "):
        resolve("secret:key", settings_file, {})


def test_what_is_no_regular_file_is_refused_at_once(settings_file: Path) -> None:
    """A named pipe would hold the start for ever; a link may lead to a file that others may use."""
    path = settings_file.parent / "secrets" / "key"
    kinds: tuple[tuple[Callable[[], None], str], ...] = (
        (lambda: os.mkfifo(path, 0o600), "not a regular file"),
        (lambda: path.symlink_to("/etc/hostname"), "symbolic links"),
        (lambda: path.mkdir(0o700), "directory"),
    )
    for lay, said in kinds:
        lay()
        with pytest.raises(SecretError, match=said):
            resolve("secret:key", settings_file, {})
        path.rmdir() if path.is_dir() else path.unlink()


def test_contents_that_cannot_be_a_secret(settings_file: Path) -> None:
    for content, said in (
        (b"\n", "empty"),
        (b"x" * (MAX_BYTES + 1), "larger than 16 KiB"),
        (b"\xff", "not UTF-8"),
    ):
        kept(settings_file).write_bytes(content)
        with pytest.raises(SecretError, match=said):
            resolve("secret:key", settings_file, {})


def test_only_the_last_line_end_is_taken_off(settings_file: Path) -> None:
    for content, value in (("a b ", "a b "), (" a\r\n", " a"), ("a\n\n", "a\n"), ("密码\n", "密码")):
        kept(settings_file, "").write_bytes(content.encode())
        assert resolve("secret:key", settings_file, {}).reveal() == value


def test_a_reference_cannot_lead_out_of_the_folder(settings_file: Path) -> None:
    settings_file.with_name("key").write_text(VALUE)
    settings_file.with_name("key").chmod(0o600)
    for reference in (
        "secret:../key",
        "secret:/etc/passwd",
        "secret:..",
        "secret:",
        "key",
        "secret:a\n",
        VALUE,
    ):
        with pytest.raises(SecretError, match="not a reference") as caught:
            resolve(reference, settings_file, {})
        assert VALUE not in str(caught.value)


def test_the_environment_is_never_asked(settings_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("key", "KEY", "SECRET_KEY", "DESKREADY_KEY", "DESKREADY_SECRET_KEY"):
        monkeypatch.setenv(name, VALUE)
    with pytest.raises(SecretError, match=r"secret:key: not found; put it in .*secrets/key"):
        resolve("secret:key", settings_file)


def test_without_a_settings_file_there_is_no_folder() -> None:
    with pytest.raises(SecretError, match="not found") as caught:
        resolve("secret:key", None, {})
    assert "mode 600" not in str(caught.value)


def shown(secret: object, caplog: pytest.LogCaptureFixture) -> str:
    """Put a value wherever it might come to light by accident, and return all that."""
    logging.getLogger("test").warning("connecting with %s %r", secret, secret)
    try:
        raise ValueError(secret, f"{secret} {secret!r} {secret!s:>40}", {"auth": secret}, [secret])  # noqa: TRY301  this frame is read
    except ValueError as error:
        told = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    for dump in (json.dumps, msgspec.json.encode, pickle.dumps, copy.deepcopy, vars):
        try:
            told += repr(dump(secret))
        except TypeError as error:
            told += str(error)
    return told + caplog.text


def test_the_value_never_shows(caplog: pytest.LogCaptureFixture) -> None:
    assert VALUE not in shown(Secret("key", VALUE), caplog)
    assert "secret:key" in caplog.text


def test_a_plain_value_would_show(caplog: pytest.LogCaptureFixture) -> None:
    assert VALUE in shown(VALUE, caplog)


def test_a_start_is_refused_where_a_file_behind_any_reference_is_open_to_others(settings_file: Path) -> None:
    settings_file.write_text(
        '[ticket]\nbackend = "webhook"\nurl = "https://a.cn/send"\nsecret = "secret:key"\n', "utf-8"
    )
    settings = load(settings_file)
    guard(settings, settings_file)  # there is none yet: the sender will say so
    path = kept(settings_file, mode=0o644)
    with pytest.raises(SecretError, match=r"^ticket\.secret: .*key: other users may .*; run: chmod 600 "):
        guard(settings, settings_file)
    path.chmod(0o600)
    guard(settings, settings_file)


def test_every_reference_of_the_settings_is_found(tmp_path: Path) -> None:
    path = tmp_path / "deskready.toml"
    path.write_text(
        '[ticket]\nbackend = "webhook"\nurl = "https://a.cn/send?key=${secret.hook}"\n'
        'secret = "secret:sign"\n'
        '[[printer]]\nname = "a"\nhost = "h"\nsnmp = { community = "secret:community" }\n'
        '[[transaction]]\nid = "a"\nbase_url = "https://a"\n[[transaction.step]]\nname = "in"\npost = "/"\n'
        'form = { user = "${secret.user}", both = "${secret.one}-${secret.two} ${token}" }\n'
    )
    assert dict.fromkeys(reference for _, reference in references(load(path))) == dict.fromkeys(
        f"secret:{name}" for name in ("community", "user", "one", "two", "hook", "sign")
    )
