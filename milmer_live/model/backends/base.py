"""What computes: one interface, and the arrays that go through it. Nothing here imports PyTorch:
a live process that OpenVINO computes for goes without it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

import numpy as np

from milmer_live.model.config import MilmerConfig
from milmer_live.samples import Bool, Float32, UInt8

Device = Literal["auto", "cpu", "cuda", "mps"]
Precision = Literal["fp32", "bf16", "int8"]

UNSEEN: Final = -1e9  # added to an attention's logit: e to this is 0 in every float


@dataclass(frozen=True, slots=True)
class EmbeddedFace:
    """A face's logit, its memory (layers, n_tokens, width) where the backend keeps it, and its
    summary (width,): the mean of the first layer's rows."""

    logit: float
    memory: Any
    summary: Float32


@dataclass(frozen=True, slots=True)
class Bag:
    """The kept faces: their memories, None where there is no face, and the factor of each."""

    memories: tuple[Any, ...]
    factors: tuple[float, ...]


class Backend(Protocol):
    """FacePart, WindowPart and SlopePart somewhere. Used in one thread at a time."""

    @property
    def label(self) -> str:
        """What computes where, such as "PyTorch on the CPU, fp32"."""
        ...

    @property
    def spec(self) -> WindowSpec:
        """What a window of this network is made of."""
        ...

    def embed(self, images: UInt8) -> list[EmbeddedFace]:
        """images (n, size, size, 3)."""
        ...

    def score(self, image: UInt8) -> float:
        """The logit of one face (size, size, 3) in fp32, whatever `embed` is computed in."""
        ...

    def decide(self, eeg: Float32 | None, bag: Bag) -> Float32:
        """Logits (4,) of a window with eeg (n_channels, n_times) µV; None: there is none."""
        ...

    def slopes(self, eeg: Float32, bag: Bag, toward: Float32) -> Float32:
        """(n_channels,): by how much `toward` (4,) times the logits grows with the presence of
        each electrode, at full presence. Of a network that takes EEG."""
        ...


@dataclass(frozen=True, slots=True)
class WindowArrays:
    """What WindowPart takes of a window beside the memory."""

    eeg: Float32
    factor: Float32
    faces_seen: Float32
    tokens_seen: Float32


@dataclass(frozen=True, slots=True)
class WindowSpec:
    """What a WindowPart is built for. `memory` is (n_kept, layers, n_tokens, width);
    `slot_logits` (bag_size,) are those that the selection `softmax` has learned, else empty."""

    config: MilmerConfig
    memory: tuple[int, int, int, int]
    face_tokens: int
    slot_logits: tuple[float, ...] = ()

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

    def stacked(self, memories: Sequence[Float32 | None]) -> Float32:
        """(n_kept, layers, n_tokens, width); 0 where there is no face."""
        out = np.zeros(self.memory, np.float32)
        for row, memory in enumerate(memories):
            if memory is not None:
                out[row] = memory
        return out

    def _face_rows(self, there: Bool) -> Bool:
        """Which of the encoder's face tokens stand for a face."""
        if self.config.fusion == "cross_attention" or self.config.selection == "amil":
            return np.full(self.face_tokens, there.any())
        return there.repeat(self.memory[2])


def _masked(seen: Bool) -> Float32:
    return np.where(seen, 0.0, UNSEEN).astype(np.float32)


def channels_first(images: UInt8) -> UInt8:
    """(n, 3, size, size) from (n, size, size, 3)."""
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2))
