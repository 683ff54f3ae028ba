"""OpenVINO on the CPU: the two parts, traced once and compiled for this processor."""

from __future__ import annotations

import threading
import warnings
from typing import Any

import numpy as np
import torch
from torch import nn

from milmer_live.model.backend import (
    Bag,
    EmbeddedFace,
    Precision,
    WindowShape,
    channels_first,
)
from milmer_live.model.network import Milmer
from milmer_live.model.parts import FacePart, WindowPart
from milmer_live.samples import Float32, UInt8

PRECISIONS = {"fp32": "f32", "bf16": "bf16"}
# With one thread 2026.4.1 dies (SIGSEGV) while it compiles a network with pre-norm layers.
LEAST_THREADS = 2
_tracing = threading.Lock()  # torch traces one module at a time


class OpenVINOBackend:
    """Raises ImportError without OpenVINO, RuntimeError where it cannot take the network.

    One face a call: a live stream brings them one at a time.
    """

    def __init__(self, network: Milmer, precision: Precision = "fp32") -> None:
        import openvino

        config = network.config
        self.label = f"OpenVINO on the CPU, {precision}"
        self._shape = WindowShape.of(network)
        options = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": PRECISIONS[precision],
            "INFERENCE_NUM_THREADS": max(LEAST_THREADS, torch.get_num_threads()),
        }
        core = openvino.Core()

        def compiled(part: nn.Module, *example: torch.Tensor) -> Any:
            with _tracing, torch.no_grad(), warnings.catch_warnings():
                # The tracer warns of every size that it takes for fixed, and they are.
                warnings.simplefilter("ignore")
                traced = openvino.convert_model(
                    part.eval(),
                    example_input=example,
                    input=[list(one.shape) for one in example],
                )
            return core.compile_model(traced, "CPU", options).create_infer_request()

        self._faces = None
        if config.uses_faces:
            size = config.image_size
            blank = torch.zeros(1, 3, size, size, dtype=torch.uint8)
            self._faces = compiled(FacePart(network), blank)
        memory = torch.zeros(self._shape.memory)
        empty = Bag((None,) * len(memory), (1.0,) * len(memory))
        given = self._shape.arrays(None, empty)
        arrays = (given.eeg, memory.numpy(), given.factor, given.faces_seen, given.tokens_seen)
        self._window = compiled(WindowPart(network), *(torch.from_numpy(array) for array in arrays))
        self._names = {name for port in self._window.model_inputs for name in port.names}

    def embed(self, images: UInt8) -> list[EmbeddedFace]:
        assert self._faces is not None
        embedded = []
        for image in channels_first(images):
            logit, memory = self._faces.infer([image[None]]).values()
            embedded.append(EmbeddedFace(float(np.asarray(logit).reshape(())), memory[0].copy()))
        return embedded

    def decide(self, eeg: Float32 | None, bag: Bag) -> Float32:
        arrays = self._shape.arrays(eeg, bag)
        memory = np.zeros(self._shape.memory, np.float32)
        for row, one in enumerate(bag.memories):
            if one is not None:
                memory[row] = one
        given = {
            "eeg": arrays.eeg,
            "memory": memory,
            "factor": arrays.factor,
            "faces_seen": arrays.faces_seen,
            "tokens_seen": arrays.tokens_seen,
        }
        wanted = {name: array for name, array in given.items() if name in self._names}
        (logits,) = self._window.infer(wanted).values()
        return np.array(logits[0], dtype=np.float32)
