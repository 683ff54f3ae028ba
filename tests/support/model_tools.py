"""A Milmer of a few thousand parameters, with every part of the large one, and its inputs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from milmer_live.config import Preprocessing, WindowSettings
from milmer_live.model.backends.torch_ import TorchBackend
from milmer_live.model.card import Card, CheckpointFile, new_card
from milmer_live.model.checkpoint import save
from milmer_live.model.config import MilmerConfig, preset
from milmer_live.model.network import Milmer
from milmer_live.model.predictor import Predictor
from milmer_live.samples import CROP_SIZE, FaceBox, FaceCrop, Window

TINY: dict[str, Any] = {
    "n_times": 32,
    "backbone_options": {
        "img_size": 32,
        "window_size": 4,
        "embed_dim": 8,
        "depths": (1, 1),
        "num_heads": (1, 2),
    },
    "image_size": 32,
    "bag_size": 4,
    "top_k": 2,
    "d_model": 16,
    "heads": 2,
    "feed_forward": 24,
    "queries": 5,
}
Inputs = tuple[Tensor, Tensor, Tensor, Tensor]


def tiny(name: str = "milmer", **changes: Any) -> MilmerConfig:
    """The preset `name` with everything made small, and `changes`."""
    return MilmerConfig.model_validate({**preset(name).model_dump(), **TINY, **changes})


def tiny_card(config: MilmerConfig, **fields: Any) -> Card:
    window = WindowSettings(
        length_s=config.n_times / config.sample_rate, hop_s=0.125, bag_size=config.bag_size
    )
    return new_card(config, Preprocessing(window=window), **fields)


def predictor_of(network: Milmer, **fields: Any) -> Predictor:
    """On PyTorch; `fields` of its card."""
    return Predictor(tiny_card(network.config, **fields), TorchBackend(network.eval()))


def saved(network: Milmer, folder: Path, **fields: Any) -> CheckpointFile:
    """`network` as a checkpoint in `folder`."""
    path = folder / "tiny.safetensors"
    save(path, network, tiny_card(network.config, **fields))
    return CheckpointFile.open(path)


def inputs(config: MilmerConfig, batch: int = 3, seed: int = 0) -> Inputs:
    """EEG, faces and their masks, all there."""
    random = torch.Generator().manual_seed(seed)
    bag = (batch, config.bag_size)
    size = (*bag, 3, config.image_size, config.image_size)
    return (
        20 * torch.randn(batch, config.n_channels, config.n_times, generator=random),
        torch.randint(0, 256, size, dtype=torch.uint8, generator=random),
        torch.ones(batch, dtype=torch.bool),
        torch.ones(bag, dtype=torch.bool),
    )


def face(seed: int, index: int | None = None) -> FaceCrop:
    image = np.random.default_rng(seed).integers(0, 256, (CROP_SIZE, CROP_SIZE, 3), np.uint8)
    image.flags.writeable = False
    number = seed if index is None else index
    return FaceCrop(image, FaceBox(0, 0, 100, 100, 0.9), number / 30, number)


def window(
    config: MilmerConfig,
    faces: tuple[FaceCrop | None, ...],
    *,
    eeg_valid: bool = True,
    seed: int = 0,
) -> Window:
    eeg = np.random.default_rng(seed).normal(0, 20, (config.n_channels, config.n_times))
    return Window(seed, 0.0, 0.25, eeg.astype(np.float32), faces, eeg_valid)
