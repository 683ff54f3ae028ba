"""The card of a checkpoint, and the checkpoint as a file: all that can be known of it without
PyTorch, which takes a second and half a gigabyte to import."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import Field, FiniteFloat, JsonValue, model_validator

from milmer_live.catalogue import Code
from milmer_live.config import Frozen, LabelRule, Preprocessing, validated
from milmer_live.errors import ConfigError, ModelError, reading
from milmer_live.messages import Message
from milmer_live.model.config import MilmerConfig
from milmer_live.model.out_of_range import PREFIX, KnownRange, RangeCard
from milmer_live.paths import PACKAGE, resource
from milmer_live.samples import MODEL_CHANNELS, Float32

if TYPE_CHECKING:
    from milmer_live.model.network import Milmer

FORMAT_VERSION: Final = 1
MOST_CARD_BYTES = 64 << 20
RECORDED_LIBRARIES = ("torch", "timm", "numpy", "scipy", "safetensors", "mediapipe")


class Card(Frozen):
    """What a checkpoint is: how to build it, how to feed it, where it comes from."""

    format_version: Literal[1] = FORMAT_VERSION
    name: str = Field(description="how the model is called on screen")
    created: str = Field(description="UTC, ISO 8601")
    config: MilmerConfig
    preprocessing: Preprocessing
    label_rule: LabelRule
    protocol: str = Field(description="of its evaluation: segment, trial, subject …; or nothing")
    metrics: dict[str, FiniteFloat] = Field(description="of the evaluation, by name")
    data: str = Field(description="what it was trained on, in words")
    temperature: float = Field(1.0, gt=0, allow_inf_nan=False, description="divides the logits")
    known: RangeCard | None = Field(
        None, description="what it knows, and when it must say that it does not"
    )
    libraries: dict[str, str] = Field(description="versions it was trained with")
    git_commit: str = Field(description="of milmer_live; empty outside a checkout")
    training: dict[str, JsonValue] = Field(
        default={}, description="how it was trained and judged, in full, as the training wrote it"
    )
    weights_sha256: str = Field("", description="of the .safetensors beside; filled by `save`")

    @property
    def is_synthetic(self) -> bool:
        """Whether all data of its own training were synthetic participants. What it started from
        does not count: a network that went on with real people has learned from them."""
        data = self.training.get("data")
        origin = data.get("origin") if isinstance(data, dict) else None
        return isinstance(origin, dict) and "synthetic" in str(origin.get("format", ""))

    @property
    def caution(self) -> str:
        """What must be said wherever it answers about a real person; "" for nothing."""
        return Message(Code.SYNTHETIC_ONLY, name=self.name) if self.is_synthetic else ""

    @property
    def summary(self) -> dict[str, str]:
        """For the description of a stream of its answers."""
        return {
            "name": self.name,
            "weights_sha256": self.weights_sha256,
            "trained_on": self.data,
            "synthetic_only": "true" if self.is_synthetic else "false",
            "caution": self.caution,
        }

    @model_validator(mode="after")
    def _fed_as_built(self) -> Card:
        built = (self.config.n_times, self.config.bag_size, self.config.sample_rate)
        window = self.preprocessing.window
        fed = (window.n_times, window.bag_size, window.sample_rate)
        if built != fed:
            raise ValueError(
                f"the network takes {built[0]} samples at {built[2]:g} Hz and {built[1]} faces, "
                f"the preprocessing gives {fed[0]} at {fed[2]:g} Hz and {fed[1]}"
            )
        return self


@dataclass(frozen=True, slots=True)
class CheckpointFile:
    """A checkpoint that is whole: its weights are those that its card was written for."""

    path: Path
    card: Card

    @staticmethod
    def open(path: Path) -> CheckpointFile:
        """Raises ModelError."""
        card = read_card(path)
        check_weights(path, card)
        return CheckpointFile(path, card)

    def known_range(self) -> KnownRange | None:
        """What it knows, where that was fitted; reads some tensors. Raises ModelError."""
        if self.card.known is None:
            return None
        with reading(self.path, ModelError, "Copy both files again from where it was trained."):
            tensors = _small_tensors(self.path)
        names = self.card.config.silent_channels
        silent = [MODEL_CHANNELS.index(name) for name in names]
        return KnownRange(self.card.known, tensors, silent)

    def network(self) -> Milmer:
        """Its network in eval mode, read anew; imports PyTorch. Raises ModelError."""
        from milmer_live.model import checkpoint

        return checkpoint.load(self.path).network


def new_card(
    config: MilmerConfig,
    preprocessing: Preprocessing,
    *,
    name: str = "untrained",
    label_rule: LabelRule | None = None,
    protocol: str = "",
    metrics: Mapping[str, float] | None = None,
    data: str = "",
    temperature: float = 1.0,
    training: Mapping[str, JsonValue] | None = None,
) -> Card:
    """A card for what has just been made here. Raises ConfigError where the parts do not fit."""
    values = {
        "name": name,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "config": config,
        "preprocessing": preprocessing,
        "label_rule": label_rule or LabelRule(),
        "protocol": protocol,
        "metrics": dict(metrics or {}),
        "data": data,
        "temperature": temperature,
        "training": dict(training or {}),
        "libraries": {library: version(library) for library in RECORDED_LIBRARIES},
        "git_commit": git_commit(),
    }
    return validated(Card, values, f"The card of '{name}'")


@cache
def git_commit() -> str:
    """The commit of this checkout, with -dirty where files differ from it; else empty.

    Asked once: what runs is what was there when the program started.
    """
    root = PACKAGE.parent
    if not (root / ".git").exists():
        return ""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()


def bundled_checkpoint() -> Path:
    """The checkpoint that is used where none is named."""
    return resource("models") / "milmer-demo.safetensors"


def card_path(path: Path) -> Path:
    """Where the card of the checkpoint `path` is."""
    return path.with_suffix(".json")


def read_card(path: Path) -> Card:
    """The card beside the checkpoint `path`. Raises ModelError."""
    beside = card_path(path)
    if not path.is_file():
        raise ModelError(f"There is no checkpoint {path}.", "Check the path.")
    values = _read_json(beside)
    found = values.get("format_version")
    if found != FORMAT_VERSION:
        raise ModelError(
            f"{beside} has format version {found}; this program reads version {FORMAT_VERSION}.",
            "Use the milmer_live that wrote it, or train again.",
        )
    try:
        card = validated(Card, values, str(beside))
    except ConfigError as error:
        raise ModelError(error.message, "The card was changed by hand or by a fault.") from error
    return card


def check_weights(path: Path, card: Card) -> None:
    """Raises ModelError where the file cannot be read or is not what the card was written for."""
    try:
        whole = digest(path) == card.weights_sha256
    except OSError as error:
        raise ModelError(
            f"The checkpoint {path} cannot be read: {error.strerror}.", "Check its permissions."
        ) from error
    if not whole:
        raise damaged(path)


def _small_tensors(path: Path) -> dict[str, Float32]:
    """The range, and the part of the network that makes tokens of EEG. Raises ModelError."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            names = [name for name in list(file.keys()) if name.startswith((PREFIX, "eeg."))]
            return {name: file.get_tensor(name) for name in names}
    except SafetensorError as error:
        raise damaged(path) from error


def damaged(path: Path) -> ModelError:
    """What to say of a checkpoint that does not hold what it should."""
    return ModelError(
        f"The checkpoint {path} is damaged, or its card belongs to another.",
        "Copy both files again from where it was trained.",
    )


def _read_json(path: Path) -> dict[str, Any]:
    with reading(path, ModelError, "Copy it again from where it was trained."):
        try:
            if path.stat().st_size > MOST_CARD_BYTES:
                raise ModelError(f"{path} is too large for the card of a checkpoint.")
            values = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise ModelError(
                f"The card {path} is missing.", "Copy the .json together with the .safetensors."
            ) from error
        except (ValueError, RecursionError) as error:
            raise ModelError(
                f"The card {path} is not JSON.", "Copy it again from where it was trained."
            ) from error
    if not isinstance(values, dict):
        raise ModelError(
            f"{path} is JSON, but not the card of a checkpoint.", "Is another file in its place?"
        )
    return values


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
