"""What a user writes to name an LSL stream: `NAME`, or `source_id=ID&host=NAME` and so on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict, Unpack, cast
from urllib.parse import quote, unquote

from milmer_live.errors import ConfigError


class Wanted(TypedDict, total=False):
    """What an LSL stream has to be. `uid` is of one outlet: its sender gets another whenever it
    is started."""

    name: str
    source_id: str
    type: str
    host: str
    uid: str


LSL_FIELDS = tuple(Wanted.__annotations__)


@dataclass(frozen=True, slots=True)
class StreamQuery:
    """Which stream is meant: all that is not empty has to fit, and one stream alone."""

    name: str = ""
    source_id: str = ""
    type: str = ""
    host: str = ""
    uid: str = ""

    def fits(self, stream: Wanted) -> bool:
        """Whether a stream of which all fields are known is meant."""
        return all(getattr(self, field) in ("", value) for field, value in stream.items())

    def __str__(self) -> str:
        parts = [f"named '{self.name}'"] if self.name else []
        parts += [f"of source_id '{self.source_id}'"] if self.source_id else []
        parts += [f"of type '{self.type}'"] if self.type else []
        parts += [f"on '{self.host}'"] if self.host else []
        parts += [f"of uid '{self.uid}'"] if self.uid else []
        return " and ".join(parts)


def told_apart(streams: Sequence[Wanted]) -> list[str]:
    """What to write to use each of `streams`, and none of the others: source_id, or name where it
    has none, then name, host and type as far as they are needed; where
    nothing else tells them apart, the uid."""
    return [_alone(stream, streams) for stream in streams]


def _alone(stream: Wanted, among: Sequence[Wanted]) -> str:
    wanted = Wanted()
    for field in ("source_id", "name", "host", "type"):
        wanted = _with(wanted, stream, field)
        if wanted and sum(map(StreamQuery(**wanted).fits, among)) == 1:
            return spec_of(**wanted)
    one = _with(_with(Wanted(), stream, "name"), stream, "uid")
    return spec_of(**one)


def _with(wanted: Wanted, stream: Wanted, field: str) -> Wanted:
    value = stream.get(field, "")
    return cast("Wanted", {**wanted, field: value}) if value else wanted


# What would end a value, be taken for an escape, or be stripped from the ends of the whole.
_ESCAPED = re.compile(r"[%&\x00-\x1f\x7f]|^\s|\s$")


def written(**wanted: Unpack[Wanted]) -> str:
    """The text that `parsed` understands as `wanted`, as a query: `name=Amp%26Co&host=lab-3`."""
    return "&".join(f"{field}={_escaped(str(value))}" for field, value in wanted.items() if value)


def spec_of(**wanted: Unpack[Wanted]) -> str:
    """What to write to use the stream that is `wanted`: `lsl:NAME` where that is all."""
    name = wanted.get("name", "")
    bare = len(wanted) == 1 and name and name == name.strip() and not _is_query(name)
    return f"lsl:{name if bare else written(**wanted)}"


def parsed(text: str, *more: str) -> tuple[Wanted, dict[str, str]]:
    """The stream that is meant, and fields called `more`. A text that does not begin like a
    query is a name, as it stands. Raises ConfigError."""
    if not _is_query(text):
        return Wanted(name=text), {}
    fields: dict[str, str] = {}
    for part in text.split("&"):
        field, _, value = part.partition("=")
        if field not in (*LSL_FIELDS, *more) or field in fields or not value:
            raise _not_understood(text, part)
        fields[field] = _unescaped(text, value)
    wanted = {field: value for field, value in fields.items() if field in LSL_FIELDS}
    others = {field: value for field, value in fields.items() if field not in LSL_FIELDS}
    return cast("Wanted", wanted), others


def _is_query(text: str) -> bool:
    """Else it is a name, which may hold an equals sign."""
    return text.startswith(tuple(f"{field}=" for field in LSL_FIELDS))


def _escaped(value: str) -> str:
    return _ESCAPED.sub(lambda found: quote(found[0]), value)


def _unescaped(text: str, value: str) -> str:
    try:
        return unquote(value, errors="strict")
    except UnicodeDecodeError as error:
        raise _not_understood(text, value) from error


def _not_understood(text: str, part: str) -> ConfigError:
    return ConfigError(
        f"An LSL stream is not found by '{text}': '{part}' is not understood.",
        "Write lsl:name=NAME&source_id=ID, or type=TYPE, or host=NAME; "
        "in them %26 is an ampersand and %25 a per cent sign.",
    )
