"""Small files that the window keeps. The window reads them as it opens and hands what it writes
to the worker of the bridge: a disk that is slow, or a folder on a network, never holds it up."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from milmer_live.errors import ConfigError
from milmer_live.system.private_files import (
    make_private_folder,
    open_private,
)

Keep = Callable[[Path, str], None]


def write_text(file: Path, text: str) -> None:
    """Whole or not at all. Raises ConfigError."""
    try:
        make_private_folder(file.parent)
        beside = file.with_suffix(".new")
        with open_private(beside, "w", encoding="utf-8") as new:
            new.write(text)
        beside.replace(file)
    except OSError as error:
        raise ConfigError(
            f"{file} cannot be written: {error.strerror}.",
            "The window forgets it when it is closed; all else goes on.",
        ) from error


def read_values(file: Path) -> dict[str, object]:
    """The values of a JSON file; none where it is missing or no such file."""
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def as_text(values: Mapping[str, object]) -> str:
    """What `read_values` reads."""
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"
