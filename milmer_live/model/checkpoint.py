"""Checkpoints: weights in safetensors beside a card in JSON. Nothing is ever unpickled."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from milmer_live.errors import ModelError, reading
from milmer_live.model.card import Card, card_path, check_weights, damaged, digest, read_card
from milmer_live.model.network import Milmer
from milmer_live.model.out_of_range import PREFIX


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A network, ready to use (in eval mode), its card, and the tensors of its range (by names that
    begin with `PREFIX`) where `card.known` has one."""

    network: Milmer
    card: Card
    known: Mapping[str, torch.Tensor] = field(default_factory=dict)


def save(
    path: Path,
    network: Milmer,
    card: Card,
    known: Mapping[str, torch.Tensor] | None = None,
) -> None:
    """Write `path` (.safetensors) and its card, with the tensors of its range where it has one. A
    reader never sees half a file.

    Raises ModelError where the disk refuses, ValueError where the card is of another network.
    """
    if network.config != card.config:
        raise ValueError("the card describes another network")
    if (card.known is None) != (not known):
        raise ValueError("the range and its tensors belong together")
    if path.suffix != ".safetensors":
        raise ModelError(f"A checkpoint's name ends in .safetensors; '{path.name}' does not.")
    tensors = {**network.state_dict(), **(known or {})}
    weights = {name: value.detach().cpu() for name, value in tensors.items()}
    partial = path.with_name(path.name + ".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file({name: value.contiguous() for name, value in weights.items()}, partial)
        signed = card.model_copy(update={"weights_sha256": digest(partial)})
        card_partial = card_path(path).with_name(card_path(path).name + ".partial")
        card_partial.write_text(signed.model_dump_json(indent=2) + "\n", encoding="utf-8")
        for written in (partial, card_partial):
            _flush(written)
        partial.replace(path)
        card_partial.replace(card_path(path))
    except (OSError, SafetensorError) as error:
        raise ModelError(
            f"The checkpoint {path} cannot be written: {error}.", "Is the disk full or read-only?"
        ) from error


def load(path: Path) -> LoadedModel:
    """The network and the card of a checkpoint. Raises ModelError."""
    with reading(path, ModelError, "Copy both files again from where it was trained."):
        card = read_card(path)
        tensors = _read_weights(path, card)
        weights = {name: one for name, one in tensors.items() if not name.startswith(PREFIX)}
        with torch.device("meta"):  # shapes first: a wrong card must not cost memory
            _check_shapes(path, Milmer(card.config), weights)
        network = Milmer(card.config)
        network.load_state_dict(weights)
        known = {name: one for name, one in tensors.items() if name.startswith(PREFIX)}
        return LoadedModel(network.eval(), card, known)


def _read_weights(path: Path, card: Card) -> dict[str, torch.Tensor]:
    check_weights(path, card)
    try:
        return dict(load_file(path))
    except SafetensorError as error:
        raise damaged(path) from error


def _check_shapes(path: Path, network: Milmer, weights: Mapping[str, torch.Tensor]) -> None:
    wanted = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    found = {name: tuple(value.shape) for name, value in weights.items()}
    different = sorted(
        name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name)
    )
    if different:
        name = different[0]
        raise ModelError(
            f"{path} does not hold the network that its card describes: {len(different)} tensors "
            f"differ, the first is {name} ({found.get(name, 'missing')} instead of "
            f"{wanted.get(name, 'none')}).",
            "The card was changed by hand or by a fault.",
        )


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
