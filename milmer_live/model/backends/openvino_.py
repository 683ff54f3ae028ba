"""OpenVINO on the CPU: the live parts, compiled for this processor. Does without PyTorch."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Final

import numpy as np

from milmer_live.model.backends.base import (
    Bag,
    EmbeddedFace,
    Precision,
    WindowSpec,
    channels_first,
)
from milmer_live.model.backends.mapped_memory import release_mapped
from milmer_live.model.config import MilmerConfig
from milmer_live.samples import Float32, UInt8

FACES, WINDOW, SLOPES, SPEC = "faces.xml", "window.xml", "slopes.xml", "spec.json"
INT8 = "int8-"  # before the name of a part whose weights are int8
# Values of an input that share a scale in int8; smaller is nearer to fp32 and slower. With 32 a
# face takes as long as in fp32, with 128 half of that.
GROUP: Final = 128
# With one thread 2026.4.1 dies (SIGSEGV) while it compiles a network with pre-norm layers.
LEAST_THREADS = 2


class OpenVINOBackend:
    """On what `openvino_parts.write_parts` has written to `folder`. Raises ImportError without
    OpenVINO, RuntimeError where it cannot take the network, OSError where files are missing.

    One face a call: a live stream brings them one at a time.
    """

    def __init__(self, folder: Path, precision: Precision = "fp32") -> None:
        self.label = f"OpenVINO on the CPU, {precision}"
        self.spec = read_spec(folder / SPEC)
        config = self.spec.config
        options = options_for(precision)
        kind = INT8 if precision == "int8" else ""
        self._faces = _Compiled(folder / f"{kind}{FACES}", options) if config.uses_faces else None
        self._scores = self._faces
        if config.ranks_faces and precision != "fp32":
            self._scores = _Compiled(folder / FACES, options_for("fp32"))
        self._window = _Compiled(folder / f"{kind}{WINDOW}", options)
        self._slopes = _Compiled(folder / SLOPES, options) if config.uses_eeg else None
        release_mapped(folder)

    def embed(self, images: UInt8) -> list[EmbeddedFace]:
        assert self._faces is not None
        embedded = []
        for image in channels_first(images):
            logit, memory = self._faces.run(images=image[None])
            summary = np.asarray(memory[0, 0].mean(axis=0), dtype=np.float32)
            embedded.append(EmbeddedFace(float(logit.reshape(())), memory[0].copy(), summary))
        return embedded

    def score(self, image: UInt8) -> float:
        assert self._scores is not None
        logit, _memory = self._scores.run(images=channels_first(image[None]))
        return float(logit.reshape(()))

    def decide(self, eeg: Float32 | None, bag: Bag) -> Float32:
        (logits,) = self._window.run(**self._given(eeg, bag))
        return np.array(logits[0], dtype=np.float32)

    def slopes(self, eeg: Float32, bag: Bag, toward: Float32) -> Float32:
        assert self._slopes is not None
        (slopes,) = self._slopes.run(**self._given(eeg, bag), toward=toward)
        return np.array(slopes, dtype=np.float32)

    def _given(self, eeg: Float32 | None, bag: Bag) -> dict[str, Float32]:
        arrays = self.spec.arrays(eeg, bag)
        return {
            "eeg": arrays.eeg,
            "memory": self.spec.stacked(bag.memories),
            "factor": arrays.factor,
            "faces_seen": arrays.faces_seen,
            "tokens_seen": arrays.tokens_seen,
        }


def capabilities() -> frozenset[str]:
    """What OpenVINO computes in on this processor: "FP32", "BF16", "INT8", ..."""
    import openvino

    return frozenset(openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"))


def options_for(precision: Precision) -> dict[str, Any]:
    """What is not int8 of an int8 network, its slopes too, is bf16 where the processor has it.

    Raises RuntimeError for bf16 where it has not: OpenVINO would compute in fp32 without a word.
    """
    has_bf16 = "BF16" in capabilities()
    if precision == "bf16" and not has_bf16:
        raise RuntimeError("this processor has no bf16")
    options: dict[str, Any] = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": "bf16" if has_bf16 and precision != "fp32" else "f32",
        "INFERENCE_NUM_THREADS": max(LEAST_THREADS, os.cpu_count() or 1),
    }
    return options | ({"DYNAMIC_QUANTIZATION_GROUP_SIZE": GROUP} if precision == "int8" else {})


class _Compiled:
    """A model and its buffers. What it gives is overwritten by the next run."""

    def __init__(self, path: Path, options: dict[str, Any]) -> None:
        import openvino

        self._request = openvino.Core().compile_model(path, "CPU", options).create_infer_request()
        # An input that the network has no use for (faces of a network for EEG) is not there.
        self._names = {name for port in self._request.model_inputs for name in port.names}

    def run(self, **given: Float32 | UInt8) -> tuple[Float32, ...]:
        wanted = {name: array for name, array in given.items() if name in self._names}
        return tuple(np.asarray(out) for out in self._request.infer(wanted).values())


def read_spec(path: Path) -> WindowSpec:
    """Raises OSError."""
    values = json.loads(path.read_text(encoding="utf-8"))
    kept, layers, n_tokens, width = values["memory"]
    return WindowSpec(
        MilmerConfig.model_validate(values["config"]),
        (kept, layers, n_tokens, width),
        values["face_tokens"],
        tuple(values["slot_logits"]),
    )
