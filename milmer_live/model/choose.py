"""Which backend computes, and why: what was asked for, what is there, and what is allowed."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Final, Literal

import torch

from milmer_live.model.agreement import Agreement, Verdicts
from milmer_live.model.backend import Backend, Device, Precision, TorchBackend
from milmer_live.model.checkpoint import Card
from milmer_live.model.network import Milmer
from milmer_live.model.predictor import Predictor, first_line
from milmer_live.samples import Window

PrecisionWish = Literal["auto", "fp32", "bf16"]
Make = Callable[[Milmer, Precision], Backend]

# A window this cheap is not worth a rounding error: at a hop of 0.5 s it is 2 % of a core.
CHEAP_S: Final = 0.01

CPU, CPU_FIRST = "PyTorch", "PyTorch first"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Probe:
    """What a reduced precision is judged on: windows, made when they are needed, and where the
    verdicts of this machine are kept."""

    windows: Callable[[], Sequence[Window]]
    verdicts: Verdicts


def choose_predictor(
    network: Milmer,
    card: Card,
    device: Device = "auto",
    precision: PrecisionWish = "auto",
    probe: Probe | None = None,
) -> Predictor:
    """A predictor that is warm, on the best backend that works and is allowed.

    What cannot be used here, for whatever reason, is named in the predictor's `reason` and the
    next one is taken; PyTorch on the CPU in fp32 always can. Without a `probe` no precision is
    reduced unless it is asked for.
    """
    notes: list[str] = []
    first: Precision = "bf16" if precision == "bf16" else "fp32"
    for name, make in candidates(device, notes):
        predictor = _tried(network, card, name, make, first, notes)
        if predictor is None or _not_worth_it(name, predictor, precision):
            continue
        if precision == "auto":
            predictor = _faster(predictor, make, probe, notes)
        predictor.reason = "; ".join([_why(device, precision, predictor), *notes]) + "."
        return predictor
    predictor = Predictor(network, card, TorchBackend(network))
    predictor.reason = "; ".join(notes) + ": the last resort."
    predictor.warm_up()
    return predictor


def candidates(device: Device, notes: list[str]) -> list[tuple[str, Make]]:
    """Backends to try, the best first; `notes` tells which of those asked for are not there."""
    found: list[tuple[str, Make]] = []
    if device in ("auto", "cuda"):
        if torch.cuda.is_available():
            found.append(("CUDA", _cuda))
        elif device == "cuda":
            notes.append("there is no CUDA device here (or PyTorch was built without it)")
    if device in ("auto", "mps"):
        if torch.backends.mps.is_available():
            found.append(("MPS", _mps))
        elif device == "mps":
            notes.append("there is no Apple GPU here")
    found.append((CPU, _torch))
    if find_spec("openvino") is not None:
        found[-1:] = [(CPU_FIRST, _torch), ("OpenVINO", _openvino), (CPU, _torch)]
    return found


def _not_worth_it(name: str, predictor: Predictor, precision: PrecisionWish) -> bool:
    """PyTorch is built in a moment: where it is fast enough, OpenVINO is not even loaded."""
    return name == CPU_FIRST and (precision == "bf16" or seconds_a_window(predictor) >= CHEAP_S)


def _cuda(network: Milmer, precision: Precision) -> Backend:
    from milmer_live.model.backend_cuda import CudaBackend

    return CudaBackend(network, "cuda", precision)


def _mps(network: Milmer, precision: Precision) -> Backend:
    return TorchBackend(network, "mps", precision)


def _openvino(network: Milmer, precision: Precision) -> Backend:
    from milmer_live.model.backend_openvino import OpenVINOBackend

    return OpenVINOBackend(network, precision)


def _torch(network: Milmer, precision: Precision) -> Backend:
    return TorchBackend(network, "cpu", precision)


def _tried(
    network: Milmer, card: Card, name: str, make: Make, precision: Precision, notes: list[str]
) -> Predictor | None:
    """A warm predictor; None, and a note, where it cannot be built or does not run."""
    try:
        backend = make(network, precision)
        predictor = Predictor(network, card, backend)
        predictor.warm_up()
    except Exception as error:
        log.warning("%s cannot be used", name, exc_info=True)
        notes.append(f"{name} cannot be used ({first_line(error)})")
        return None
    if predictor.backend is not backend:  # it has failed while warming up
        notes.append(predictor.reason.rstrip("."))
    return predictor


def _faster(exact: Predictor, make: Make, probe: Probe | None, notes: list[str]) -> Predictor:
    """The predictor in bf16 where that is allowed and faster, else `exact`."""
    cost_s = seconds_a_window(exact)
    if probe is None or cost_s < CHEAP_S:
        return exact
    reduced = _tried(exact.network, exact.card, "bf16", make, "bf16", notes)
    if reduced is None or seconds_a_window(reduced) >= cost_s:
        return exact
    agreement = _agreement(exact, reduced, probe)
    if not agreement.allowed:
        notes.append(f"bf16 is not close enough to fp32: {agreement}")
        return exact
    notes.append(f"bf16 agrees with fp32: {agreement}")
    return reduced


def _agreement(exact: Predictor, reduced: Predictor, probe: Probe) -> Agreement:
    key = " | ".join((exact.card.weights_sha256, reduced.backend.label, torch.__version__))
    known = probe.verdicts.get(key) if exact.card.weights_sha256 else None
    if known is not None:
        return known
    agreement = compare(exact, reduced, probe.windows())
    if exact.card.weights_sha256:
        probe.verdicts.put(key, agreement)
    return agreement


def compare(exact: Predictor, reduced: Predictor, windows: Sequence[Window]) -> Agreement:
    """How far two predictors of one network are apart on `windows`."""
    answers = [
        [predictor.predict(window).probabilities for window in windows]
        for predictor in (exact, reduced)
    ]
    for predictor in (exact, reduced):
        predictor.forget()
    return Agreement.of(*answers)


def seconds_a_window(predictor: Predictor) -> float:
    """A new face and a window of a warm predictor, the fastest of three."""
    taken = []
    for _ in range(3):
        began = time.perf_counter()
        predictor.rehearse()
        taken.append(time.perf_counter() - began)
    return min(taken)


def _why(device: Device, precision: PrecisionWish, predictor: Predictor) -> str:
    asked = [f"--{name} {wish}" for name, wish in (("device", device), ("precision", precision))]
    if device == "auto" and precision == "auto":
        return f"{predictor.backend.label}: the best that works here"
    return f"{predictor.backend.label}: for {' '.join(asked)}"
