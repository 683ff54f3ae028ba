"""ICA on a baseline of what comes in: collected, fitted and proposed off every other thread."""

from __future__ import annotations

import logging
from collections.abc import Callable

import numpy as np

from milmer_live.clock import Clock
from milmer_live.config import ArtifactSettings
from milmer_live.errors import MilmerError
from milmer_live.live.signal.buffers import EEGRing
from milmer_live.live.state import FitPhase, FitStatus
from milmer_live.live.workers import Faults, Worker
from milmer_live.processing.eeg.artifacts import fit_artifacts
from milmer_live.samples import Float32

LOOK_S = 0.1
SETTLE_S = 0.5  # after a change of settings, whose fade takes 0.25 s

log = logging.getLogger(__name__)


class _Cancelled(Exception):
    """Ends the fit from inside its progress."""


class ArtifactFit(Worker):
    """Runs once. Samples in gaps are left out; where `settings_now` has become another object,
    such as by a change of the filter, the baseline begins anew."""

    def __init__(
        self,
        ring: EEGRing,
        sample_rate: float,
        settings: ArtifactSettings,
        settings_now: Callable[[], object],
        clock: Clock,
        faults: Faults,
    ) -> None:
        super().__init__("artifact fit", clock, faults)
        self.status = FitStatus(FitPhase.COLLECTING, wanted_s=settings.baseline_s)
        self._ring = ring
        self._rate = sample_rate
        self._settings = settings
        self._settings_now = settings_now
        self._begin_anew()

    def step(self) -> float:
        if self._settings_now() is not self._made_with:
            self._begin_anew()
        self._collect()
        if self.status.collected_s < self._settings.baseline_s:
            return LOOK_S
        self._fit()
        self._stopping.set()
        return 0.0

    def close(self) -> None:
        self._parts.clear()
        if self.status.running:
            self.status = FitStatus(FitPhase.CANCELLED)

    def _begin_anew(self) -> None:
        self._made_with = self._settings_now()
        self._parts: list[Float32] = []
        self._next = self._ring.written + round(SETTLE_S * self._rate)
        self.status = FitStatus(FitPhase.COLLECTING, wanted_s=self._settings.baseline_s)

    def _collect(self) -> None:
        span = self._ring.read_last(self._ring.capacity, self._next)
        if not len(span.times) or span.first_index < self._next:
            return
        self._next = span.first_index + len(span.times)
        usable = span.data[np.isfinite(span.data).all(axis=1)]
        self._parts.append(usable)
        collected_s = self.status.collected_s + len(usable) / self._rate
        self.status = FitStatus(FitPhase.COLLECTING, collected_s, self._settings.baseline_s)

    def _fit(self) -> None:
        baseline = np.concatenate(self._parts)
        try:
            found = fit_artifacts(baseline, self._rate, self._settings, self._progress)
        except _Cancelled:
            self.status = FitStatus(FitPhase.CANCELLED)
        except MilmerError as error:
            self.status = FitStatus(FitPhase.FAILED, problem=str(error))
        except Exception as error:  # a fit that fails must not be tried again and again
            log.exception("The components could not be fitted")
            problem = f"The fit failed ({type(error).__name__}: {error}); the log says more."
            self.status = FitStatus(FitPhase.FAILED, problem=problem)
        else:
            wanted_s = self._settings.baseline_s
            collected_s = len(baseline) / self._rate
            self.status = FitStatus(FitPhase.READY, collected_s, wanted_s, 1.0, found)

    def _progress(self, share: float) -> None:
        if self._stopping.is_set():
            raise _Cancelled
        collected_s, wanted_s = self.status.collected_s, self.status.wanted_s
        self.status = FitStatus(FitPhase.FITTING, collected_s, wanted_s, share)
