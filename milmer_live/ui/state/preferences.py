"""The window's settings: one TOML file, a profile a study."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, Field, model_validator
from pydantic.fields import FieldInfo

from milmer_live.config import CameraSettings, FilterSettings, Frozen, validated
from milmer_live.errors import ConfigError

DEFAULT = "default"
# What the end of a setting's name says of its unit; the longest first.
UNITS = (
    ("uv_per_division", "µV"),
    ("_uv_s", "µV/s"),
    ("_hz", "Hz"),
    ("_uv", "µV"),
    ("_mb", "MB"),
    ("_s", "s"),
    ("seconds", "s"),
    ("width", "px"),
    ("height", "px"),
    ("rate", "fps"),
)


class ViewSettings(Frozen):
    """How the window looks when it opens."""

    language: Literal["system", "en", "de"] = Field(
        "system", description="language of the window, from the next start on"
    )
    theme: Literal["system", "dark", "light"] = Field("system", description="dark or light")
    uv_per_division: int = Field(50, ge=1, le=5000, description="height of a channel's row")
    seconds: int = Field(10, ge=2, le=60, description="signal on the screen")
    sweep: bool = Field(False, description="the newest sample walks over the old picture")
    look_back_s: float = Field(
        300.0, ge=60, le=1800, description="signal that can be looked back at"
    )


class FilterProfile(FilterSettings):
    """The filter chain of a study."""

    own: bool = Field(False, description="filter like this, not as the model was trained")


class Profile(Frozen):
    """All settings of a study."""

    view: ViewSettings = ViewSettings()
    filters: FilterProfile = FilterProfile()
    camera: CameraSettings = CameraSettings()

    def filter_settings(self) -> FilterSettings | None:
        """None: as the model was trained."""
        if not self.filters.own:
            return None
        return FilterSettings(**self.filters.model_dump(exclude={"own"}))


class AppSettings(Frozen):
    """`profile` is the name of the one in use."""

    profile: str = DEFAULT
    profiles: dict[str, Profile] = Field(default_factory=lambda: {DEFAULT: Profile()})

    @model_validator(mode="after")
    def _profile_is_there(self) -> AppSettings:
        if self.profile not in self.profiles:
            raise ValueError(f"there is no profile '{self.profile}'")
        return self

    @property
    def current(self) -> Profile:
        return self.profiles[self.profile]

    def with_profile(self, name: str, profile: Profile) -> AppSettings:
        """With `name` in use, made or changed."""
        return AppSettings(profile=name, profiles={**self.profiles, name: profile})

    def without_profile(self, name: str) -> AppSettings:
        """The default one stays."""
        left = {key: value for key, value in self.profiles.items() if key != name or key == DEFAULT}
        return AppSettings(profile=DEFAULT, profiles={DEFAULT: Profile(), **left})


@dataclass(frozen=True, slots=True)
class Described:
    """A setting as the dialog and the file show it. `least` and `most` are None where there is
    no bound; `choices` where one of a few is meant."""

    name: str
    words: str
    unit: str
    default: Any
    least: float | None
    most: float | None
    choices: tuple[str, ...]

    @property
    def range(self) -> str:
        """ "2 – 60", "0 or more"; "" where there is no bound."""
        if self.least is None:
            return f"{self.most:g} or less" if self.most is not None else ""
        if self.most is None:
            return f"{self.least:g} or more"
        return f"{self.least:g} – {self.most:g}"

    @property
    def note(self) -> str:
        """Unit, range and default in one line, as the file has them."""
        parts = (self.unit, ", ".join(self.choices) or self.range)
        return " · ".join([*filter(None, parts), f"default {_toml(self.default)}"])


def described(kind: type[BaseModel]) -> Iterator[Described]:
    """The settings of `kind`, in order."""
    for name, field in kind.model_fields.items():
        unit = next((unit for ending, unit in UNITS if name.endswith(ending)), "")
        literal = get_origin(field.annotation) is Literal
        choices = tuple(map(str, get_args(field.annotation))) if literal else ()
        least, most = _bounds(field)
        yield Described(name, field.description or "", unit, field.default, least, most, choices)


def _bounds(field: FieldInfo) -> tuple[float | None, float | None]:
    least = most = None
    for rule in field.metadata:
        least = getattr(rule, "ge", getattr(rule, "gt", least))
        most = getattr(rule, "le", getattr(rule, "lt", most))
    return least, most


def read(file: Path) -> AppSettings:
    """The settings, or the defaults where there is no file. Raises ConfigError."""
    if not file.exists():
        return AppSettings()
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(
            f"The settings file {file} cannot be read: {error}.", "Mend it, or delete it."
        ) from error
    return validated(AppSettings, values, str(file))


def as_toml(settings: AppSettings) -> str:
    """Each setting with its unit, range and default beside it."""
    lines = [f"profile = {_toml(settings.profile)}"]
    for name, profile in settings.profiles.items():
        for part, kind in parts():
            lines += ["", f"[profiles.{_toml(name)}.{part}]"]
            lines += _table(getattr(profile, part), kind)
    return "\n".join(lines) + "\n"


def _table(values: BaseModel, kind: type[BaseModel]) -> list[str]:
    return [
        f"{one.name} = {_toml(getattr(values, one.name))}  # {one.words} ({one.note})"
        for one in described(kind)
    ]


def _toml(value: Any) -> str:
    """Booleans, numbers, texts and lists of texts are the same in TOML as in JSON."""
    plain = list(value) if isinstance(value, tuple) else value
    return json.dumps(plain, ensure_ascii=False)


def parts() -> Iterator[tuple[str, type[BaseModel]]]:
    """The parts of a profile, with their kinds."""
    for name, field in Profile.model_fields.items():
        kind = field.annotation
        assert isinstance(kind, type)
        yield name, kind


def changed(profile: Profile, part: str, values: Mapping[str, Any]) -> Profile:
    """`profile` with other values in one part. Raises ConfigError that names the setting."""
    kind = dict(parts())[part]
    return profile.model_copy(update={part: validated(kind, values, part)})
