"""Which backend computes, and why: what was asked for, what is there, and what is allowed."""

from __future__ import annotations

import ctypes
import logging
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from typing import Final, Literal

from milmer_live.errors import MilmerError
from milmer_live.model.agreement import Agreement, Verdicts
from milmer_live.model.backend import Backend, Device, Precision
from milmer_live.model.card import CheckpointFile
from milmer_live.model.predictor import Predictor, first_line
from milmer_live.samples import Window

PrecisionWish = Literal["auto", "fp32", "bf16", "int8"]
Make = Callable[[CheckpointFile, Precision], Backend]

# A window this cheap is not worth a rounding error: at a hop of 0.5 s it is 2 % of a core.
CHEAP_S: Final = 0.01

OPENVINO: Final = "OpenVINO"
# Tried before fp32, the fastest first; elsewhere bf16.
REDUCED: Final[dict[str, tuple[Precision, ...]]] = {OPENVINO: ("int8", "bf16")}
CUDA_DRIVERS = {"win32": "nvcuda.dll", "linux": "libcuda.so.1"}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Probe:
    """What a reduced precision is judged on: windows, made when they are needed, and where the
    verdicts of this machine are kept."""

    windows: Callable[[], Sequence[Window]]
    verdicts: Verdicts


def choose_predictor(
    file: CheckpointFile,
    device: Device = "auto",
    precision: PrecisionWish = "auto",
    probe: Probe | None = None,
) -> Predictor:
    """A predictor that is warm, on the best backend that works and is allowed.

    What cannot be used here, for whatever reason, is named in the predictor's `reason` and the
    next one is taken; PyTorch on the CPU in fp32 always can. Without a `probe` no precision is
    reduced unless it is asked for. Raises ModelError for a checkpoint that cannot be used.
    """
    notes: list[str] = []
    for name, make in candidates(device, notes):
        if precision == "auto":
            predictor = _best(file, name, make, probe, notes)
        else:
            predictor = _tried(file, name, make, precision, notes)
        if predictor is None:
            continue
        predictor.reason = "; ".join([_why(device, precision, predictor), *notes]) + "."
        return predictor
    predictor = Predictor(file.card, _torch(file, "fp32"))
    predictor.reason = "; ".join(notes) + ": the last resort."
    predictor.warm_up()
    return predictor


def candidates(device: Device, notes: list[str]) -> list[tuple[str, Make]]:
    """Backends to try, the best first; `notes` tells which of those asked for are not there."""
    found: list[tuple[str, Make]] = []
    if device in ("auto", "cuda"):
        if has_cuda_driver():
            found.append(("CUDA", _cuda))
        elif device == "cuda":
            notes.append("there is no CUDA driver here")
    if device in ("auto", "mps"):
        if has_mps():
            found.append(("MPS", _mps))
        elif device == "mps":
            notes.append("there is no Apple GPU here")
    if find_spec("openvino") is not None:
        found.append((OPENVINO, _openvino))
    found.append(("PyTorch", _torch))
    return found


def makes_ready(file: CheckpointFile, device: Device) -> bool:
    """Whether `choose_predictor` first converts the model, which takes some seconds, once."""
    from milmer_live.model.prepare import is_prepared

    return candidates(device, [])[0][0] == OPENVINO and not is_prepared(file)


def has_cuda_driver() -> bool:
    """Whether to ask PyTorch at all: importing it takes a second and half a gigabyte."""
    try:
        ctypes.CDLL(CUDA_DRIVERS[sys.platform])
    except (OSError, KeyError):
        return False
    return True


def has_mps() -> bool:
    """Only a Mac has one."""
    if sys.platform != "darwin":
        return False
    import torch

    return torch.backends.mps.is_available()


def _cuda(file: CheckpointFile, precision: Precision) -> Backend:
    from milmer_live.model.backend_cuda import CudaBackend

    return CudaBackend(file.network(), "cuda", precision)


def _mps(file: CheckpointFile, precision: Precision) -> Backend:
    from milmer_live.model.backend_torch import TorchBackend

    return TorchBackend(file.network(), "mps", precision)


def _openvino(file: CheckpointFile, precision: Precision) -> Backend:
    from milmer_live.model.backend_openvino import OpenVINOBackend
    from milmer_live.model.prepare import prepared

    return OpenVINOBackend(prepared(file), precision)


def _torch(file: CheckpointFile, precision: Precision) -> Backend:
    from milmer_live.model.backend_torch import TorchBackend

    return TorchBackend(file.network(), "cpu", precision)


def _tried(
    file: CheckpointFile, name: str, make: Make, precision: Precision, notes: list[str]
) -> Predictor | None:
    """A warm predictor; None, and a note, where it cannot be built or does not run."""
    try:
        backend = make(file, precision)
        spare = None if make is _torch else lambda: _torch(file, "fp32")
        predictor = Predictor(file.card, backend, spare=spare)
        predictor.warm_up()
    except MilmerError:
        raise  # the checkpoint is at fault: nothing could take it
    except Exception as error:
        log.warning("%s cannot be used", name, exc_info=True)
        notes.append(f"{name} cannot be used ({first_line(error)})")
        return None
    if predictor.backend is not backend:  # it has failed while warming up
        notes.append(predictor.reason.rstrip("."))
    return predictor


def _best(
    file: CheckpointFile, name: str, make: Make, probe: Probe | None, notes: list[str]
) -> Predictor | None:
    """In the fastest precision that is allowed; without a `probe` that is fp32."""
    reduced = REDUCED.get(name, ("bf16",)) if probe is not None else ()
    for precision in reduced:  # judged before: fp32 need not be built to be compared with
        agreement = probe.verdicts.get(_key(file, name, precision)) if probe is not None else None
        if agreement is not None and agreement.allowed:
            predictor = _tried(file, name, make, precision, notes)
            if predictor is not None:
                notes.append(f"{precision} agrees with fp32: {agreement}")
                return predictor
    exact = _tried(file, name, make, "fp32", notes)
    if exact is None or probe is None or seconds_a_window(exact) < CHEAP_S:
        return exact
    for precision in reduced:
        predictor = _allowed(file, exact, name, make, precision, probe, notes)
        if predictor is not None:
            return predictor
    return exact


def _allowed(
    file: CheckpointFile,
    exact: Predictor,
    name: str,
    make: Make,
    precision: Precision,
    probe: Probe,
    notes: list[str],
) -> Predictor | None:
    """In a reduced precision, where that is faster than `exact` and near enough to it."""
    key = _key(file, name, precision)
    agreement = probe.verdicts.get(key)
    if agreement is None:
        reduced = _tried(file, name, make, precision, notes)
        if reduced is None or seconds_a_window(reduced) >= seconds_a_window(exact):
            return None
        agreement = compare(exact, reduced, probe.windows())
        probe.verdicts.put(key, agreement)
        if agreement.allowed:
            notes.append(f"{precision} agrees with fp32: {agreement}")
            return reduced
    notes.append(f"{precision} is not close enough to fp32: {agreement}")
    return None


def _key(file: CheckpointFile, name: str, precision: Precision) -> str:
    """Of a verdict: these weights, and what computes them."""
    libraries = (f"{one} {version(one)}" for one in ("torch", "openvino") if find_spec(one))
    return " | ".join((file.card.weights_sha256, name, precision, *libraries))


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
