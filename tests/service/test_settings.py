"""Settings: read once, refused with a sentence."""

from pathlib import Path

import pytest

from service.errors import BadSettings
from service.settings import Settings, read_settings


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory without a khronika.toml."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KHRONIKA_HOST_DELAY", "abc"),
        ("KHRONIKA_HOST_DELAY", "-1"),
        ("KHRONIKA_CONCURRENCY", "0"),
        ("KHRONIKA_BASE_URL", "ftp://office.example"),
        ("KHRONIKA_ALLOW_PRIVATE_NETWORKS", "10.0.0.0/8,all"),
        ("KHRONIKA_LOG_LEVEL", "LOUD"),
        ("KHRONIKA_CONTACT", "desk@office.example\nX-Evil: 1"),
    ],
)
def test_a_bad_value_is_refused_by_its_name(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence that names the variable, before anything is started."""
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings, match=name):
        read_settings()


def test_networks_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable is written as people write lists."""
    monkeypatch.setenv("KHRONIKA_ALLOW_PRIVATE_NETWORKS", "10.0.0.0/8, 192.168.1.0/24,")
    assert read_settings().allow_private_networks == ["10.0.0.0/8", "192.168.1.0/24"]


def test_an_empty_variable_means_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compose files pass variables on that nobody has set."""
    monkeypatch.setenv("KHRONIKA_BASE_URL", "")
    assert read_settings().base_url == "http://127.0.0.1:8400"


def test_the_environment_wins_over_the_file(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is set for one run overrides what is written down."""
    (elsewhere / "khronika.toml").write_text('contact = "file"\nhost_delay = 7\n', encoding="utf-8")
    monkeypatch.setenv("KHRONIKA_CONTACT", "environment")
    settings = read_settings()
    assert (settings.contact, settings.host_delay) == ("environment", 7)


def test_a_broken_file_is_named(elsewhere: Path) -> None:
    """A typing error in the file is no traceback."""
    (elsewhere / "khronika.toml").write_text("contact = \n", encoding="utf-8")
    with pytest.raises(BadSettings, match=r"khronika\.toml"):
        read_settings()


def test_the_user_agent_names_the_program_and_a_contact() -> None:
    """Sites must be able to write to somebody."""
    assert Settings().user_agent("1.2") == "khronika/1.2 (+https://github.com/khronika/khronika)"
    assert Settings(contact="desk@office.example").user_agent("1.2") == "khronika/1.2 (+desk@office.example)"


def test_every_setting_and_its_default_is_in_the_documents() -> None:
    """The table in docs/operating.md is true."""
    table = (Path(__file__).parents[2] / "docs" / "operating.md").read_text(encoding="utf-8")
    for name, field in Settings.model_fields.items():
        default = field.default
        shown = (
            "" if default in ("", None, []) else f"`{str(default).lower() if isinstance(default, bool) else default}`"
        )
        assert f"| `KHRONIKA_{name.upper()}` | {shown} | {field.description} |" in table, name
