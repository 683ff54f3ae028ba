"""PyTorch on the CPU or on Apple's GPU."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import torch

from milmer_live.model.backends.base import (
    Bag,
    EmbeddedFace,
    Precision,
    WindowSpec,
    channels_first,
)
from milmer_live.model.backends.linear import (
    PackedLinear,
    RoundedLinear,
    packing_pays,
    replace_linears,
)
from milmer_live.model.live_parts import (
    FacePart,
    SlopePart,
    WindowPart,
)
from milmer_live.model.network import Milmer
from milmer_live.samples import Float32, UInt8

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}


def dtype_of(precision: Precision) -> torch.dtype:
    """Raises RuntimeError for what PyTorch is not asked to compute."""
    if precision not in DTYPES:
        raise RuntimeError(f"{precision} is computed by OpenVINO alone")
    return DTYPES[precision]


def window_spec(network: Milmer) -> WindowSpec:
    """What the live parts of `network` are built for."""
    config = network.config
    if not config.uses_faces:
        return WindowSpec(config, (0, 1, 0, config.d_model), 0)
    kept = config.bag_size if config.selection == "amil" else config.kept_faces
    crossed = config.fusion == "cross_attention"
    layers = config.cross_attention_layers if crossed else 1
    width = 2 * config.d_model if crossed else config.d_model
    memory = (kept, layers, network.faces.n_tokens, width)
    learned = getattr(network.select, "slot_logits", None)
    slot_logits = () if learned is None else tuple(learned.detach().cpu().tolist())
    return WindowSpec(config, memory, network.balance.n_tokens, slot_logits)


class TorchSlopes:
    """The slopes of a network's decisions, by its own weights, in float32 on the CPU."""

    def __init__(self, network: Milmer) -> None:
        self._network = network
        self._spec = window_spec(network)

    @cached_property
    def _part(self) -> SlopePart:
        return SlopePart(self._network).eval()

    def __call__(self, eeg: Float32, bag: Bag, toward: Float32) -> Float32:
        arrays = self._spec.arrays(eeg, bag)
        memories = [None if one is None else on_cpu(one) for one in bag.memories]
        memory = stacked(memories, self._spec.memory, torch.device("cpu"))
        fixed = (arrays.eeg, arrays.factor, arrays.faces_seen, arrays.tokens_seen, toward)
        signal, *rest = (torch.from_numpy(one) for one in fixed)
        slopes: Float32 = self._part(signal, memory, *rest).numpy()
        return slopes


class TorchScores:
    """The logits of single faces by a network's own weights, in float32."""

    def __init__(self, network: Milmer, device: torch.device) -> None:
        self._network, self._device = network, device

    @cached_property
    def _part(self) -> FacePart:
        return FacePart(self._network).eval().to(self._device)

    def __call__(self, image: UInt8) -> float:
        with torch.inference_mode():
            logit, _memory = self._part(
                torch.from_numpy(channels_first(image[None])).to(self._device)
            )
        return float(logit)


class TorchBackend:
    """PyTorch as it comes, with the linear layers packed where that pays."""

    def __init__(self, network: Milmer, device: str = "cpu", precision: Precision = "fp32") -> None:
        """Raises RuntimeError or torch's errors where the device cannot be used."""
        self._device = torch.device(device)
        self.spec = window_spec(network)
        self.slopes = TorchSlopes(network)
        self.score = TorchScores(network, self._device)
        config = network.config
        dtype = dtype_of(precision)
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
            summaries = summarised(memory)
        # A clone: a view of one face would keep the whole batch in memory.
        return [
            EmbeddedFace(value, one.clone(), summary)
            for value, one, summary in zip(logit.tolist(), memory, summaries, strict=True)
        ]

    def decide(self, eeg: Float32 | None, bag: Bag) -> Float32:
        arrays = self.spec.arrays(eeg, bag)
        with torch.inference_mode():
            memory = stacked(bag.memories, self.spec.memory, self._device)
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


def on_cpu(memory: torch.Tensor) -> torch.Tensor:
    """What a backend keeps of a face, wherever that is."""
    return memory.detach().to("cpu", torch.float32)


def summarised(memory: torch.Tensor) -> Float32:
    """(n, width) of memories (n, layers, n_tokens, width)."""
    summaries: Float32 = memory[:, 0].float().mean(dim=1).cpu().numpy()
    return summaries
