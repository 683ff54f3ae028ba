"""The live parts of a network as OpenVINO models on disk: made once, with PyTorch; loaded since
then without it."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.fx.experimental.proxy_tensor import make_fx
from torch.nn.attention import SDPBackend, sdpa_kernel

from milmer_live.model.backends.base import Bag
from milmer_live.model.backends.openvino_ import (
    FACES,
    INT8,
    SLOPES,
    SPEC,
    WINDOW,
)
from milmer_live.model.backends.quantize import quantized
from milmer_live.model.backends.torch_ import window_spec
from milmer_live.model.live_parts import (
    FacePart,
    SlopePart,
    WindowPart,
)
from milmer_live.model.network import Milmer

WINDOW_INPUTS = ("eeg", "memory", "factor", "faces_seen", "tokens_seen")


def write_parts(network: Milmer, folder: Path) -> None:
    """Into `folder`, which is there. Raises ImportError without OpenVINO, RuntimeError where it
    cannot take the network."""
    spec = window_spec(network)
    config = network.config
    if config.uses_faces:
        size = config.image_size
        blank = torch.zeros(1, 3, size, size, dtype=torch.uint8)
        _save_both(FacePart(network), {"images": blank}, folder, FACES)
    given = _blanks(network)
    _save_both(WindowPart(network), given, folder, WINDOW)
    if config.uses_eeg:
        given["toward"] = torch.zeros(4)
        _save(_flat(SlopePart(network).eval(), given), given, folder / SLOPES)
    described = {
        "config": config.model_dump(mode="json"),
        "memory": spec.memory,
        "face_tokens": spec.face_tokens,
        "slot_logits": spec.slot_logits,
    }
    (folder / SPEC).write_text(json.dumps(described), encoding="utf-8")


def _blanks(network: Milmer) -> dict[str, Tensor]:
    """A window with nothing in it."""
    spec = window_spec(network)
    kept = spec.memory[0]
    arrays = spec.arrays(None, Bag((None,) * kept, (1.0,) * kept))
    parts = (arrays.eeg, spec.stacked(()), arrays.factor, arrays.faces_seen, arrays.tokens_seen)
    return dict(zip(WINDOW_INPUTS, map(torch.from_numpy, parts), strict=True))


def _save_both(part: nn.Module, given: dict[str, Tensor], folder: Path, name: str) -> None:
    """As it is, and with int8 weights."""
    _save(part.eval(), given, folder / name)
    _save(quantized(part).eval(), given, folder / f"{INT8}{name}")


def _save(part: Callable[..., Any], given: dict[str, Tensor], path: Path) -> None:
    import openvino

    shapes = [list(one.shape) for one in given.values()]
    with torch.no_grad(), warnings.catch_warnings():
        # The tracer warns of every size that it takes for fixed, and they are.
        warnings.simplefilter("ignore")
        traced = torch.jit.trace(part, tuple(given.values()), check_trace=False)  # type: ignore[no-untyped-call]
        model = openvino.convert_model(traced, example_input=tuple(given.values()), input=shapes)
    for port, name in zip(model.inputs, given, strict=True):
        port.get_tensor().set_names({name})
    openvino.save_model(model, path, compress_to_fp16=False)


def _flat(part: SlopePart, given: dict[str, Tensor]) -> nn.Module:
    """`part` with its backward pass written out, in operations that OpenVINO knows."""
    from torch._decomp import core_aten_decompositions, get_decompositions

    aten = torch.ops.aten
    rules = dict(core_aten_decompositions())
    rules.update(get_decompositions([aten._softmax, aten.native_layer_norm, aten.addmm]))
    with sdpa_kernel(SDPBackend.MATH):
        graph = make_fx(part, decomposition_table=rules)(*given.values())
    return cast("nn.Module", graph)
