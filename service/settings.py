"""Settings, read once from the environment and an optional `khronika.toml`, and passed on."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from service.errors import BadSettings

PROJECT_PAGE = "https://github.com/khronika/khronika"


def _listed(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


class Settings(BaseSettings):
    """Everything that can be set. The description of each field is its line in docs/operating.md."""

    model_config = SettingsConfigDict(
        env_prefix="KHRONIKA_", toml_file="khronika.toml", frozen=True, extra="ignore", env_ignore_empty=True
    )

    data_dir: Path = Field(default=Path("data"), description="Folder of the embedded database and the archive.")
    database_url: str = Field(
        default="", description="SQLite or PostgreSQL address; empty: SQLite in the data directory."
    )
    base_url: str = Field(
        default="http://127.0.0.1:8400", description="Public address of this installation, in feeds and links."
    )
    contact: str = Field(default="", description="Page or mail address of the operator, in the User-Agent; set it.")
    admin_token: str = Field(default="", description="Token for writing requests; empty: there are none.", repr=False)
    sources: Path | None = Field(default=None, description="Folder of further source files.")
    catalogue: bool = Field(default=True, description="Whether the built-in catalogue of sources is used.")
    allow_private_networks: Annotated[list[str], NoDecode, BeforeValidator(_listed)] = Field(
        default=[], description="Private networks that may be visited, as CIDR, separated by commas."
    )
    concurrency: int = Field(
        default=16, ge=1, le=200, description="How many sources are visited at once by one process."
    )
    parsers: int = Field(default=2, ge=1, le=64, description="How many processes read pages at once.")
    fetch_deadline: float = Field(
        default=60, gt=0, le=600, description="Seconds for one exchange with all its redirects."
    )
    host_delay: float = Field(default=1, ge=0, le=3600, description="Seconds between two requests to one host.")
    host_connections: int = Field(default=1, ge=1, le=16, description="Connections to one host at once.")
    tick: float = Field(default=5, gt=0, le=300, description="Seconds between two looks at what is due.")
    log_level: str = Field(
        default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="DEBUG, INFO, WARNING or ERROR."
    )

    @field_validator("base_url")
    @classmethod
    def _base(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must be an http or https address")
        return value.rstrip("/")

    @field_validator("contact")
    @classmethod
    def _contact(cls, value: str) -> str:
        if not value.isprintable():
            raise ValueError("must be one line of text")
        return value

    @field_validator("allow_private_networks")
    @classmethod
    def _networks(cls, value: list[str]) -> list[str]:
        for part in value:
            ipaddress.ip_network(part, strict=False)
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over `khronika.toml` in the working directory."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @property
    def database(self) -> str:
        """The database address in force."""
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'khronika.sqlite3'}"

    def user_agent(self, version: str) -> str:
        """The truthful name this program goes by, with a contact."""
        return f"khronika/{version} (+{self.contact or PROJECT_PAGE})"


def read_settings() -> Settings:
    """Read the settings.

    Raises BadSettings with one sentence that names the first bad one.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = "KHRONIKA_" + "_".join(str(part) for part in first["loc"] if isinstance(part, str)).upper()
        raise BadSettings(f"{name} cannot be used: {first['msg']} (it is {first['input']!r})") from error
    except (OSError, ValueError) as error:
        raise BadSettings(f"khronika.toml cannot be read: {error}") from error
