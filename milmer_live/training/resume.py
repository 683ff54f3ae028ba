"""Where a training run stands, in one safetensors file, so that a killed run goes on as if
nothing had been. Nothing is unpickled. Random numbers need no place in it: they are seeded anew
in each epoch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from milmer_live.config import Frozen
from milmer_live.errors import ModelError

Tensors = dict[str, Tensor]

NETWORK, BEST, OPTIMIZER = "network.", "best.", "optimizer."


class EpochRecord(Frozen):
    """One epoch. Training numbers are of the changed samples, with dropout, as they went by."""

    epoch: int
    learning_rate: float
    loss: float
    accuracy: float
    validation_loss: float | None
    validation_accuracy: float | None
    seconds: float
    samples_per_s: float


class Standing(Frozen):
    """What has been done so far. `best_epoch` is the last one where there is no validation."""

    history: tuple[EpochRecord, ...] = ()
    best_epoch: int = 0
    best_loss: float | None = None

    @property
    def epochs_done(self) -> int:
        return len(self.history)


@dataclass(frozen=True, slots=True)
class State:
    """`network` and `best` are state dicts, `optimizer` its `state` by parameter number."""

    standing: Standing
    network: Tensors
    best: Tensors
    optimizer: dict[int, Tensors]


def save_state(path: Path, state: State) -> None:
    """Write atomically: a reader finds the old state or the new one. Raises ModelError."""
    tensors = {
        **_named(NETWORK, state.network),
        **_named(BEST, state.best),
    }
    for number, parts in state.optimizer.items():
        tensors |= _named(f"{OPTIMIZER}{number}.", parts)
    partial = path.with_name(path.name + ".partial")
    try:
        save_file(tensors, partial, metadata={"standing": state.standing.model_dump_json()})
        partial.replace(path)
    except (OSError, SafetensorError) as error:
        raise ModelError(
            f"The state of the training cannot be written to {path}: {error}.",
            "Is the disk full or read-only?",
        ) from error


def _named(prefix: str, tensors: Mapping[str, Tensor]) -> Tensors:
    """Copies, since safetensors refuses tensors that share memory."""
    return {prefix + name: value.detach().to("cpu", copy=True) for name, value in tensors.items()}


def load_state(path: Path) -> State | None:
    """None where nothing has been saved yet. Raises ModelError when the file is damaged."""
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            standing = Standing.model_validate_json((file.metadata() or {})["standing"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, KeyError, ValidationError, json.JSONDecodeError) as error:
        raise ModelError(
            f"The saved state {path} is damaged.", "Delete it to start this fold anew."
        ) from error
    optimizer: dict[int, Tensors] = {}
    for name, value in _under(OPTIMIZER, tensors).items():
        number, part = name.split(".", 1)
        optimizer.setdefault(int(number), {})[part] = value
    return State(standing, _under(NETWORK, tensors), _under(BEST, tensors), optimizer)


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> Tensors:
    return {name.removeprefix(prefix): t for name, t in tensors.items() if name.startswith(prefix)}


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[int, Tensors]:
    """The moments of each parameter that has been stepped."""
    return dict(optimizer.state_dict()["state"])


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: Mapping[int, Tensors]) -> None:
    """Put the moments back; the rates stay as the new optimizer has them."""
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": dict(tensors), "param_groups": groups})
