"""What computes: one interface, and PyTorch on the CPU or on Apple's GPU behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
import torch

from milmer_live.model.config import MilmerConfig
from milmer_live.model.linear import PackedLinear, RoundedLinear, packing_pays, replace_linears
from milmer_live.model.network import Milmer
from milmer_live.model.parts import UNSEEN, FacePart, WindowPart
from milmer_live.samples import Float32, UInt8

Device = Literal["auto", "cpu", "cuda", "mps"]
Precision = Literal["fp32", "bf16"]
DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}


@dataclass(frozen=True, slots=True)
class EmbeddedFace:
    """A face's logit, and its memory (layers, n_tokens, width) where the backend keeps it."""

    logit: float
    memory: Any


@dataclass(frozen=True, slots=True)
class Bag:
    """The kept faces: their memories, None where there is no face, and the factor of each."""

    memories: tuple[Any, ...]
    factors: tuple[float, ...]


class Backend(Protocol):
    """FacePart and WindowPart somewhere. Used in one thread at a time."""

    @property
    def label(self) -> str:
        """What computes where, such as "PyTorch on the CPU, fp32"."""
        ...

    def embed(self, images: UInt8) -> list[EmbeddedFace]:
        """images (n, size, size, 3)."""
        ...

    def decide(self, eeg: Float32 | None, bag: Bag) -> Float32:
        """Logits (4,) of a window with eeg (n_channels, n_times) µV; None: there is none."""
        ...


@dataclass(frozen=True, slots=True)
class WindowArrays:
    """What WindowPart takes of a window beside the memory."""

    eeg: Float32
    factor: Float32
    faces_seen: Float32
    tokens_seen: Float32


@dataclass(frozen=True, slots=True)
class WindowShape:
    """The sizes that a WindowPart is built for. `memory` is (n_kept, layers, n_tokens, width)."""

    config: MilmerConfig
    memory: tuple[int, int, int, int]
    face_tokens: int

    @staticmethod
    def of(network: Milmer) -> WindowShape:
        config = network.config
        if not config.uses_faces:
            return WindowShape(config, (0, 1, 0, config.d_model), 0)
        kept = config.bag_size if config.selection == "amil" else config.kept_faces
        crossed = config.fusion == "cross_attention"
        layers = config.cross_attention_layers if crossed else 1
        width = 2 * config.d_model if crossed else config.d_model
        memory = (kept, layers, network.faces.n_tokens, width)
        return WindowShape(config, memory, network.balance.n_tokens)

    def arrays(self, eeg: Float32 | None, bag: Bag) -> WindowArrays:
        """Where nothing is seen at all, everything is: the caller knows that it says nothing."""
        config = self.config
        there = np.array([memory is not None for memory in bag.memories], dtype=np.bool_)
        shape = (1, config.n_channels, config.n_times)
        signal = np.zeros(shape, np.float32) if eeg is None else np.array(eeg[None], np.float32)
        seen = there if there.any() else np.ones_like(there)
        channels = config.n_channels if config.uses_eeg else 0
        rows = (np.array([True]), self._face_rows(there), np.full(channels, eeg is not None))
        return WindowArrays(
            eeg=signal,
            factor=np.array(bag.factors, dtype=np.float32),
            faces_seen=_masked(seen),
            tokens_seen=_masked(np.concatenate(rows)),
        )

    def _face_rows(self, there: np.ndarray) -> np.ndarray:
        """Which of the encoder's face tokens stand for a face."""
        if self.config.fusion == "cross_attention" or self.config.selection == "amil":
            return np.full(self.face_tokens, there.any())
        return there.repeat(self.memory[2])


def _masked(seen: np.ndarray) -> Float32:
    return np.where(seen, 0.0, UNSEEN).astype(np.float32)


class TorchBackend:
    """PyTorch as it comes, with the linear layers packed where that pays."""

    def __init__(self, network: Milmer, device: str = "cpu", precision: Precision = "fp32") -> None:
        """Raises RuntimeError or torch's errors where the device cannot be used."""
        self._device = torch.device(device)
        self._shape = WindowShape.of(network)
        config = network.config
        dtype = DTYPES[precision]
        self._window = WindowPart(network).eval()
        self._faces = FacePart(network).eval() if config.uses_faces else None
        self.packed = device == "cpu" and packing_pays(config.d_model, config.feed_forward, dtype)
        for part in filter(None, (self._window, self._faces)):
            part.to(self._device)
            if self.packed:
                replace_linears(part, lambda linear: PackedLinear(linear, dtype))
            elif precision != "fp32":
                replace_linears(part, lambda linear: RoundedLinear(linear, dtype))
        place = {"cpu": "CPU", "mps": "Apple GPU"}.get(self._device.type, device)
        self.label = f"PyTorch on the {place}, {precision}"

    def embed(self, images: UInt8) -> list[EmbeddedFace]:
        assert self._faces is not None
        with torch.inference_mode():
            given = torch.from_numpy(channels_first(images)).to(self._device)
            logit, memory = self._faces(given)
        # A clone: a view of one face would keep the whole batch in memory.
        return [
            EmbeddedFace(value, one.clone())
            for value, one in zip(logit.tolist(), memory, strict=True)
        ]

    def decide(self, eeg: Float32 | None, bag: Bag) -> Float32:
        arrays = self._shape.arrays(eeg, bag)
        with torch.inference_mode():
            memory = stacked(bag.memories, self._shape.memory, self._device)
            given = (arrays.eeg, arrays.factor, arrays.faces_seen, arrays.tokens_seen)
            signal, *rest = (torch.from_numpy(one).to(self._device) for one in given)
            logits = self._window(signal, memory, *rest)
        return np.asarray(logits[0].float().cpu().numpy(), dtype=np.float32)


def stacked(
    memories: Sequence[torch.Tensor | None], shape: tuple[int, int, int, int], device: torch.device
) -> torch.Tensor:
    """(n_kept, layers, n_tokens, width); 0 where there is no face."""
    if None not in memories and memories:
        return torch.stack([memory for memory in memories if memory is not None])
    out = torch.zeros(shape, device=device)
    for row, memory in enumerate(memories):
        if memory is not None:
            out[row] = memory
    return out


def channels_first(images: UInt8) -> UInt8:
    """(n, 3, size, size) from (n, size, size, 3)."""
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2))
