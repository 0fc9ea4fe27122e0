"""deskready.toml: one good and one bad file for each rule, every error told at once."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from settings_cases import FLOW, LAN, RULES, SCANNER, SENSOR, STEP, TLS

from config import settings as module
from config.settings import Settings, SettingsError, load, reload, warnings
from config.tables import host_name

DEFAULT = Path(module.__file__).with_name("default.toml")


def file_of(folder: Path, text: str) -> Path:
    path = folder / "deskready.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("rule", RULES)
def test_each_rule(rule: str, tmp_path: Path) -> None:
    good, bad, said = RULES[rule]
    load(file_of(tmp_path, good))
    with pytest.raises(SettingsError) as caught:
        load(file_of(tmp_path, bad))
    (line,) = caught.value.lines
    assert line.startswith("deskready.toml: ")
    assert said in line
    assert "hunter2" not in line
    assert said.endswith("?") or "did you mean" not in line


def test_every_error_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load(file_of(tmp_path, '[station]\nsit = "a"\nlang = "fr"\n' + SENSOR + SCANNER + "nam = 1"))
    places = [line.split(": ")[1:3] for line in caught.value.lines]
    assert places == [
        ["line 2", "station.sit"],
        ["line 3", "station.lang"],
        ["line 4", "sensor[0].port"],
        ["line 10", "scanner[0].nam"],
    ]


def test_a_flood_of_errors_is_cut(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load(file_of(tmp_path, "".join(f"key{number} = 1\n" for number in range(500))))
    assert len(caught.value.lines) == module._MAX_LINES + 1
    assert caught.value.lines[-1] == "deskready.toml: more errors follow"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[station]\nname = \n", "line 2"),
        ("[station]\nname = '财务'\n".encode("gb18030"), "line 2: not UTF-8"),
        (b"a = " + b"[" * 100_000, "nested too deeply"),
        (b"a = " + b"9" * 5_000, "not TOML"),
        (b"#" * (module.MAX_BYTES + 1), "larger than"),
    ],
)
def test_what_is_not_toml_is_one_line(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "deskready.toml"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=re.escape(said)) as caught:
        load(path)
    assert len(caught.value.lines) == 1


def test_a_folder_and_a_missing_file_are_one_line(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.toml"):
        with pytest.raises(SettingsError, match=re.escape(str(path))):
            load(path)


def test_a_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "deskready.toml").write_bytes(b'\xef\xbb\xbf[station]\nname = "a"\n')
    assert load(tmp_path / "deskready.toml").station.name == "a"


def test_no_file_gives_the_defaults() -> None:
    settings = load(None)
    assert settings.station.name == host_name()
    assert (settings.printer, settings.ticket.backend, settings.procedure.overlays) == ((), "none", "")


def test_the_host_name_becomes_a_valid_name(monkeypatch: pytest.MonkeyPatch) -> None:
    for given_name, name in (
        ("DESK_07.Corp", "desk_07.corp"),
        ("前台", "desk"),
        ("-a b-", "a-b"),
        ("x" * 64, "x" * 32),
    ):
        monkeypatch.setattr("socket.gethostname", lambda given_name=given_name: given_name)
        assert host_name() == name
        msgspec.convert({"name": host_name()}, type(Settings().station))


def test_files_are_meant_from_the_settings_folder(tmp_path: Path) -> None:
    assert load(file_of(tmp_path, "")).procedure.overlays == ""
    (tmp_path / "procedure.d").mkdir()
    settings = load(file_of(tmp_path, LAN + TLS + 'auth = "secret:a"\n[ticket]\nca_file = "/etc/ca.pem"'))
    assert settings.metrics.tls_cert == str(tmp_path / "c.pem")
    assert settings.ticket.ca_file == "/etc/ca.pem"
    assert settings.procedure.overlays == str(tmp_path / "procedure.d")
    assert load(file_of(tmp_path, '[procedure]\noverlays = "own"')).procedure.overlays == str(
        tmp_path / "own"
    )


def test_systems_in_the_clear_are_a_warning(tmp_path: Path) -> None:
    text = (
        '[[system]]\nname = "core"\nurl = "http://core.example.cn"\n' + FLOW.replace("https", "http") + STEP
    )
    said = warnings(load(file_of(tmp_path, text + 'get = "/"')))
    assert [line.split(":")[0] for line in said] == ["system[0].url", "transaction[0].base_url"]


def test_a_bad_reload_keeps_what_was(tmp_path: Path) -> None:
    current = load(file_of(tmp_path, '[station]\nname = "a"'))
    kept, error = reload(file_of(tmp_path, "[staton]\n[pag]"), current)
    assert kept is current
    assert error == "deskready.toml: line 1: staton: unknown key; did you mean 'station'? (and 1 more)"
    taken, error = reload(file_of(tmp_path, '[station]\nname = "b"'), current)
    assert (taken.station.name, error) == ("b", None)


def settings_of_example(text: str) -> Iterator[str]:
    """Yield the example with every setting switched on."""
    for line in text.splitlines():
        yield line[1:] if re.match(r"#[^ ]", line) else line


def test_the_example_is_the_defaults_and_every_line_of_it_works(tmp_path: Path) -> None:
    text = DEFAULT.read_text(encoding="utf-8")
    as_it_is = load(file_of(tmp_path, text))
    assert msgspec.structs.replace(as_it_is, procedure=Settings().procedure) == Settings()
    full = "\n".join(settings_of_example(text))
    load(file_of(tmp_path, full))
    by_program = {"transaction.settings_file"}
    assert set(keys_of(Settings)) - by_program <= set(keys_in(tomllib.loads(full)))


def keys_of(kind: type[msgspec.Struct], prefix: str = "") -> Iterator[str]:
    for field in msgspec.structs.fields(kind):
        inner = getattr(field.type, "__args__", (field.type,))[0]
        is_table = isinstance(inner, type) and issubclass(inner, msgspec.Struct)
        yield f"{prefix}{field.name}"
        if is_table:
            yield from keys_of(inner, f"{prefix}{field.name}.")


def keys_in(tree: dict[str, object], prefix: str = "") -> Iterator[str]:
    for key, value in tree.items():
        yield f"{prefix}{key}"
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                yield from keys_in(one, f"{prefix}{key}.")
