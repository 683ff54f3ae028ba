"""Which backend computes, and why: what was asked for, what is there, and what is allowed."""

from __future__ import annotations

import ctypes
import logging
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from importlib.util import find_spec
from typing import Final, Literal

from milmer_live.errors import MilmerError
from milmer_live.model.backends.base import (
    Backend,
    Device,
    Precision,
)
from milmer_live.model.backends.precision_check import (
    Agreement,
    Verdicts,
)
from milmer_live.model.card import CheckpointFile
from milmer_live.model.predictor import Predictor, first_line
from milmer_live.samples import Float32, Window

PrecisionWish = Literal["auto", "fp32", "bf16", "int8"]
Make = Callable[[CheckpointFile, Precision], Backend]

# A window this cheap is not worth a rounding error: at a hop of 0.5 s it is 2 % of a core.
CHEAP_S: Final = 0.01

# From a hundred windows, some 170 faces, the error of scores is taken that decides which faces are
# scored again; whether it was enough shows on all.
SCORED_WINDOWS: Final = 100

OPENVINO: Final = "OpenVINO"
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
        candidate = _Candidate(file, name, make, probe, notes)
        predictor = candidate.best() if precision == "auto" else candidate.asked(precision)
        if predictor is None:
            continue
        predictor.reason = "; ".join([_why(device, precision, predictor), *notes]) + "."
        return predictor
    predictor = Predictor(file.card, _torch(file, "fp32"), known=file.known_range())
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
    from milmer_live.model.backends.openvino_cache import is_prepared

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
    from milmer_live.model.backends.cuda import CudaBackend

    return CudaBackend(file.network(), "cuda", precision)


def _mps(file: CheckpointFile, precision: Precision) -> Backend:
    from milmer_live.model.backends.torch_ import TorchBackend

    return TorchBackend(file.network(), "mps", precision)


def _openvino(file: CheckpointFile, precision: Precision) -> Backend:
    from milmer_live.model.backends.openvino_ import OpenVINOBackend
    from milmer_live.model.backends.openvino_cache import prepared

    return OpenVINOBackend(prepared(file), precision)


def _torch(file: CheckpointFile, precision: Precision) -> Backend:
    from milmer_live.model.backends.torch_ import TorchBackend

    return TorchBackend(file.network(), "cpu", precision)


class _Candidate:
    """A backend for `file`, in whatever precision. Predictors come warm; None, and a note, where
    it cannot be built or does not run."""

    def __init__(
        self, file: CheckpointFile, name: str, make: Make, probe: Probe | None, notes: list[str]
    ) -> None:
        self._file, self._name, self._make = file, name, make
        self._probe, self._notes = probe, notes

    @cached_property
    def exact(self) -> Predictor | None:
        return self.tried("fp32")

    def asked(self, precision: Precision) -> Predictor | None:
        """Whether or not it agrees, which is said."""
        predictor = self.tried(precision)
        if predictor is not None and precision != "fp32" and self._probe is not None:
            self._agrees(precision, predictor)
        return predictor

    def best(self) -> Predictor | None:
        """In the fastest precision that is allowed; without a probe that is fp32."""
        reduced = reduced_precisions(self._name) if self._probe is not None else ()
        for precision in reduced:  # judged before: fp32 need not be built to be compared with
            known = self._known(precision)
            predictor = self.tried(precision) if known is not None and known.allowed else None
            if predictor is not None and self._agrees(precision, predictor):
                return predictor
        if self.exact is None or seconds_a_window(self.exact) < CHEAP_S:
            return self.exact
        for precision in reduced:
            predictor = self._allowed(precision, self.exact)
            if predictor is not None:
                return predictor
        return self.exact

    def tried(self, precision: Precision) -> Predictor | None:
        file = self._file
        try:
            backend = self._make(file, precision)
            spare = None if self._make is _torch else lambda: _torch(file, "fp32")
            known = file.known_range()
            predictor = Predictor(file.card, backend, spare=spare, known=known)
            predictor.warm_up()
        except MilmerError:
            raise  # the checkpoint is at fault: nothing could take it
        except Exception as error:
            log.debug("%s cannot be used", self._name, exc_info=True)  # the note is for the user
            self._notes.append(f"{self._name} cannot be used ({first_line(error)})")
            return None
        if predictor.backend is not backend:  # it has failed while warming up
            self._notes.append(predictor.reason.rstrip("."))
        return predictor

    def _allowed(self, precision: Precision, exact: Predictor) -> Predictor | None:
        """In a reduced precision, where that is faster than `exact` and near enough to it."""
        known = self._known(precision)
        if known is not None:  # and not allowed, or `best` had taken it
            self._say(precision, known)
            return None
        reduced = self.tried(precision)
        if reduced is None or seconds_a_window(reduced) >= seconds_a_window(exact):
            return None
        return reduced if self._agrees(precision, reduced) else None

    def _agrees(self, precision: Precision, reduced: Predictor) -> bool:
        """By what was found before, or now; `reduced` knows then how far its scores are off."""
        agreement = self._known(precision)
        if agreement is None:
            if self.exact is None or self._probe is None:
                return False
            agreement = compare(self.exact, reduced, self._probe.windows())
            self._probe.verdicts.put(self._key(precision), agreement)
        reduced.score_error = agreement.score_error
        self._say(precision, agreement)
        return agreement.allowed

    def _known(self, precision: Precision) -> Agreement | None:
        return self._probe.verdicts.get(self._key(precision)) if self._probe is not None else None

    def _say(self, precision: Precision, agreement: Agreement) -> None:
        word = "agrees with" if agreement.allowed else "is not close enough to"
        self._notes.append(f"{precision} {word} fp32: {agreement}")

    def _key(self, precision: Precision) -> str:
        """Of a verdict: these weights, and what computes them."""
        libraries = (f"{one} {version(one)}" for one in ("torch", "openvino") if find_spec(one))
        weights = self._file.card.weights_sha256
        return " | ".join((weights, self._name, precision, *_processor(self._name), *libraries))


def reduced_precisions(backend: str) -> tuple[Precision, ...]:
    """What is tried before fp32, the fastest first."""
    if backend != OPENVINO:
        return ("bf16",)
    return ("int8", "bf16") if "BF16" in _processor(OPENVINO) else ("int8",)


def _processor(backend: str) -> list[str]:
    """What it computes in: int8 of a processor with bf16 rounds more than of one without."""
    if backend != OPENVINO:
        return []
    from milmer_live.model.backends.openvino_ import capabilities

    return sorted(capabilities())


def compare(exact: Predictor, reduced: Predictor, windows: Sequence[Window]) -> Agreement:
    """How far two predictors of one network are apart on `windows`: as it is or, where that is
    too far, once `reduced` has learned from the first of them how far its scores are off."""
    right = _answers(exact, windows)
    found = Agreement.of(right, _answers(reduced, windows))
    if found.allowed or not reduced.card.config.ranks_faces:
        return found
    reduced.learn_score_error(windows[:SCORED_WINDOWS])
    return Agreement.of(right, _answers(reduced, windows), reduced.score_error)


def _answers(predictor: Predictor, windows: Sequence[Window]) -> list[Float32]:
    predictor.forget()
    found = [predictor.predict(window).probabilities for window in windows]
    predictor.forget()
    return found


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
