"""An NVIDIA GPU: both parts as CUDA graphs on a stream of their own, fed from pinned memory.

A graph replays its kernels on fixed buffers: at these sizes launching them one by one would take
longer than running them. One face and one window at a time, as a live stream brings them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor

from milmer_live.model.backends.base import (
    Bag,
    EmbeddedFace,
    Precision,
    WindowArrays,
    channels_first,
)
from milmer_live.model.backends.linear import (
    RoundedLinear,
    replace_linears,
)
from milmer_live.model.backends.torch_ import (
    TorchSlopes,
    dtype_of,
    summarised,
    window_spec,
)
from milmer_live.model.live_parts import (
    FacePart,
    WindowPart,
)
from milmer_live.model.network import Milmer
from milmer_live.samples import Float32, UInt8

WARM_UP_RUNS = 3  # before a capture: libraries choose kernels and allocate workspaces


class CudaBackend:
    """Raises RuntimeError (torch.OutOfMemoryError among them) where the GPU cannot be used."""

    def __init__(
        self, network: Milmer, device: str = "cuda", precision: Precision = "bf16"
    ) -> None:
        self._device = torch.device(device)
        dtype = dtype_of(precision)
        self.spec = window_spec(network)
        self.slopes = TorchSlopes(network)
        name = torch.cuda.get_device_name(self._device)
        self.label = f"CUDA graphs on the {name}, {precision}"
        self._stream: torch.cuda.Stream = cast("Any", torch.cuda.Stream)(self._device)
        config = network.config
        window = WindowPart(network).eval()
        faces = FacePart(network).eval() if config.uses_faces else None
        with torch.inference_mode(), torch.cuda.device(self._device):
            for part in filter(None, (window, faces)):
                part.to(self._device)
                if precision != "fp32":
                    replace_linears(part, lambda linear: RoundedLinear(linear, dtype))
            self._window = self._window_graph(window)
            self._faces = self._face_graph(faces) if faces is not None else None
            self._scores = self._faces
            if config.ranks_faces and precision != "fp32":
                self._scores = self._face_graph(FacePart(network).eval().to(self._device))

    def embed(self, images: UInt8) -> list[EmbeddedFace]:
        assert self._faces is not None
        embedded = []
        with torch.inference_mode(), torch.cuda.stream(self._stream):
            for image in channels_first(images):
                logit, memory = self._faces.run(image[None])
                kept = memory[0].clone()
                # both wait for the stream
                embedded.append(EmbeddedFace(float(logit), kept, summarised(memory)[0]))
        return embedded

    def score(self, image: UInt8) -> float:
        assert self._scores is not None
        with torch.inference_mode(), torch.cuda.stream(self._stream):
            logit, _memory = self._scores.run(channels_first(image[None]))
            return float(logit)

    def decide(self, eeg: Float32 | None, bag: Bag) -> Float32:
        arrays = self.spec.arrays(eeg, bag)
        with torch.inference_mode(), torch.cuda.stream(self._stream):
            for row, memory in zip(self._memory, bag.memories, strict=True):
                row.zero_() if memory is None else row.copy_(memory)
            (logits,) = self._window.run(*_in_order(arrays))
            return np.asarray(logits[0].float().cpu().numpy(), dtype=np.float32)

    def _window_graph(self, part: WindowPart) -> _Graph:
        self._memory = torch.zeros(self.spec.memory, device=self._device)
        nothing = Bag((None,) * len(self._memory), (1.0,) * len(self._memory))
        blanks = _in_order(self.spec.arrays(None, nothing))

        def run(eeg: Tensor, factor: Tensor, faces_seen: Tensor, tokens_seen: Tensor) -> Outputs:
            return (part(eeg, self._memory, factor, faces_seen, tokens_seen),)

        return _Graph(run, blanks, self._device, self._stream)

    def _face_graph(self, part: FacePart) -> _Graph:
        size = self.spec.config.image_size
        blank = np.zeros((1, 3, size, size), np.uint8)
        return _Graph(part, (blank,), self._device, self._stream)


Outputs = tuple[Tensor, ...]
Array = Float32 | UInt8


class _Graph:
    """A captured function of arrays. Its outputs are overwritten by the next run."""

    def __init__(
        self,
        function: Callable[..., Outputs],
        blanks: tuple[Array, ...],
        device: torch.device,
        stream: torch.cuda.Stream,
    ) -> None:
        self._pinned = [torch.from_numpy(blank).pin_memory() for blank in blanks]
        self._given = [one.to(device) for one in self._pinned]
        stream.wait_stream(torch.cuda.current_stream(device))
        with torch.cuda.stream(stream):
            for _ in range(WARM_UP_RUNS):
                function(*self._given)
        stream.synchronize()
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph, stream=stream):
            self._outputs = function(*self._given)

    def run(self, *arrays: Array) -> Outputs:
        """On the current stream, which is the one of the capture. The caller reads a result
        before the next run, so that nobody overwrites what is still being copied."""
        for array, pinned, given in zip(arrays, self._pinned, self._given, strict=True):
            pinned.copy_(torch.from_numpy(array))
            given.copy_(pinned, non_blocking=True)
        self._graph.replay()
        return self._outputs


def _in_order(arrays: WindowArrays) -> tuple[Array, ...]:
    return arrays.eeg, arrays.factor, arrays.faces_seen, arrays.tokens_seen
