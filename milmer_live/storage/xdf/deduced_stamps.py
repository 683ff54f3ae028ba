"""Stamps for samples whose own are not numbers: the sample counts more than its stamp."""

from __future__ import annotations

import numpy as np

from milmer_live.processing.timing.gaps import GAP_S
from milmer_live.samples import Float64

LAG_S = 2.0  # over which a stream without stamps is compared with the arrival of its samples


class StampDeducer:
    """Follows the stamps of one stream. `deduced` counts those that were not finite numbers;
    `are_by_arrival` while there has been no other."""

    def __init__(self, step_s: float) -> None:
        """`step_s` is between two samples; 0 where there is no fixed rate."""
        self.deduced = 0
        self._step_s = step_s
        self._last = float("nan")
        self.are_by_arrival = True
        self._lag_s, self._lag_since = np.inf, 0.0

    def stamps(self, sent: Float64, came: float) -> Float64:
        """(n_samples,): `sent`, at least one, where they are numbers, else deduced from their
        neighbours; where none has been one yet, from `came`, the arrival on the same clock."""
        known = np.isfinite(sent)
        self.deduced += int(len(sent) - known.sum())
        self.are_by_arrival &= not known.any()
        if self.are_by_arrival:
            sent = self._arrived(len(sent), came)
        elif not known.all():
            sent = between(sent, self._step_s, self._last)
        self._last = float(sent[-1])
        return sent

    def _arrived(self, count: int, came: float) -> Float64:
        """At the nominal rate, as long as that is neither ahead of the samples' arrival nor behind
        all of it for seconds."""
        late = came + self._step_s * np.arange(1 - count, 1, dtype=np.float64)
        if not np.isfinite(self._last):
            self._lag_since = came
            return np.asarray(late, dtype=np.float64)
        end = min(self._last + count * self._step_s, came)
        if self._lags(end, came):
            return np.asarray(late, dtype=np.float64)
        return np.asarray(np.linspace(self._last, max(self._last, end), count + 1)[1:])

    def _lags(self, end: float, came: float) -> bool:
        """Whether the best of the last seconds was late: samples are missing, or come slower."""
        self._lag_s = min(self._lag_s, came - end)
        if came - self._lag_since < LAG_S:
            return False
        lags = GAP_S < self._lag_s < np.inf
        self._lag_s, self._lag_since = np.inf, came
        return lags


def between(sent: Float64, step_s: float, before: float) -> Float64:
    """`sent` (n_samples,), at least one of them or `before` finite, with each stamp that is not
    put `step_s` after the one in front of it; `before` is the stamp before the first. Where that
    is not known: the first known one, counted back."""
    known = np.isfinite(sent)
    if not np.isfinite(before):
        first = int(np.argmax(known))
        before = float(sent[first]) - (first + 1) * step_s
    places = np.arange(1, len(sent) + 1)
    last = np.maximum.accumulate(np.where(known, places, 0))
    anchors = np.concatenate([[before], sent])[last]
    return np.where(known, sent, anchors + (places - last) * step_s)
