"""What a fold's network starts as: random numbers, pretrained weights, or a checkpoint of ours,
which must not have learned from what the fold tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from pydantic import JsonValue

from milmer_live.errors import DatasetError, ModelError
from milmer_live.model.backbone.weights import load_backbone
from milmer_live.model.card import Card
from milmer_live.model.checkpoint import load
from milmer_live.model.network import Milmer
from milmer_live.training.data.dataset import TrialSet
from milmer_live.training.settings import TrainSettings
from milmer_live.training.splits.leakage import (
    BACKBONE_FROM,
    STARTED_FROM,
    seen_trials,
)
from milmer_live.training.splits.protocols import (
    Fold,
    trial_of,
)


@dataclass(frozen=True, slots=True)
class BuiltOn:
    """The cards of the checkpoints that a network was made of, if any."""

    start: Card | None
    backbone: Card | None

    def words(self) -> Iterator[str]:
        """What each has learned from."""
        if self.start is not None:
            yield self.start.data
        if self.backbone is not None:
            yield f"{self.backbone.data} (backbone)"

    def records(self) -> dict[str, JsonValue]:
        """Their trainings, as the record of a training keeps them."""
        cards = {STARTED_FROM: self.start, BACKBONE_FROM: self.backbone}
        return {name: card.training for name, card in cards.items() if card is not None}


def build_network(settings: TrainSettings, trials: TrialSet, fold: Fold) -> tuple[Milmer, BuiltOn]:
    """Weights drawn from the seed, or those of `start_from`; `backbone_weights` replace the
    backbone. Raises ModelError where they do not fit, DatasetError where they have learned from
    what `fold` tests."""
    torch.manual_seed(settings.seed)
    network = Milmer(settings.network())
    start = backbone = None
    if settings.start_from:
        start = _start_from(Path(settings.start_from), network)
        _refuse_seen(settings.start_from, start, trials, fold)
    if settings.backbone_weights and network.config.uses_faces:
        backbone = load_backbone(network.faces.backbone, settings.backbone_weights)
        if backbone is not None:
            _refuse_seen(settings.backbone_weights, backbone, trials, fold)
    return network, BuiltOn(start, backbone)


def _start_from(path: Path, network: Milmer) -> Card:
    start = load(path)
    if start.card.config != network.config:
        raise ModelError(
            f"{path} holds another network than these settings ask for.",
            "Take preset and model from its card.",
        )
    network.load_state_dict(start.network.state_dict())
    return start.card


def _refuse_seen(source: str, card: Card, trials: TrialSet, fold: Fold) -> None:
    seen = seen_trials(trials, card) & {trial_of(unit) for unit in fold.test}
    if seen:
        raise DatasetError(
            f"{source} has learned from {len(seen)} of the trials that are tested, "
            f"{min(seen)} among them.",
            "Take a checkpoint of the same fold, or of other data.",
        )
