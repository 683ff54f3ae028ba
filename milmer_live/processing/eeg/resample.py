"""From a device's rate to the model's, chunk by chunk and with the time of every sample.

A polyphase FIR (scipy.signal.firwin) of linear phase: its delay is one number, and the stamps
it gives are free of it. Ready-made streams were measured and are too late for a live signal:
soxr's ResampleStream hands out blocks, 7.4 s behind at 1,000 Hz and quality HQ, 1.3 s with
variable rate. scipy.signal.upfirdn keeps no state, and computes the overlap of two chunks
twice: ten times the work at chunks of 4 ms.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from milmer_live.errors import SourceFormat
from milmer_live.processing.lazy_scipy import signal
from milmer_live.samples import Float64

# Shares of the lower of the two Nyquist frequencies: kept up to 50 Hz, gone from 64 Hz on,
# where the model takes 128 Hz. A steeper edge would cost more delay than these 0.13 s.
PASS_SHARE = 0.78
STOP_DB = 60.0

# Rates are related as a fraction of numbers up to this: a rate that is not is taken for its
# neighbour, by at most 0.05 %. The stamps follow the device in any case.
LARGEST_FACTOR = 1000

SLOWEST_HZ = 100.0  # below, the device does not hold the band up to 40 Hz


class Resampler:
    """Resamples a stream of any rate. Any cut into chunks gives the same samples.

    Output k belongs to the input at position k * down / up, counted from the first sample
    since the start or `reset`. It comes once the filter has seen `delay_s` more than that.
    """

    def __init__(self, sample_rate: float, target_rate: float, first_index: int = 0) -> None:
        """`first_index` is the number of the first sample that will come, on the stream's own
        count: so that one resampler can take over from another. Raises SourceFormat."""
        if not SLOWEST_HZ <= sample_rate < math.inf:
            raise SourceFormat(
                f"A stream of {sample_rate:g} Hz is too slow for the model, which takes "
                f"{target_rate:g} Hz.",
                f"Set the amplifier to {SLOWEST_HZ:g} Hz or more.",
            )
        ratio = Fraction(target_rate / sample_rate).limit_denominator(LARGEST_FACTOR)
        self.up, self.down = ratio.numerator, ratio.denominator
        self.sample_rate, self.target_rate = sample_rate, target_rate
        self._taps, self._half = _design(self.up, sample_rate, target_rate)
        self._block: Float64 | None = None
        self._times = np.empty(0)
        self._start = first_index
        self._next = self._first_output()

    @property
    def identity(self) -> bool:
        """Whether the rates are the same, and nothing is done."""
        return self.up == self.down

    @property
    def delay_s(self) -> float:
        """How far the output is behind the input; its stamps are free of it."""
        return 0.0 if self.identity else self._half / (self.up * self.sample_rate)

    def reset(self) -> None:
        """Forget the past: for the first chunk after a gap."""
        self._block = None
        self._start = 0
        self._next = self._first_output()

    def process(self, data: Float64, times: Float64) -> tuple[Float64, Float64]:
        """`data` (n_samples, n_channels) with `times` (n_samples,) -> what is ready at the
        target rate, with its times. Starts settled on the first sample."""
        if self.identity or not len(data):
            return data, times
        block = self._with_past(data, times)
        first = self._next
        newest = self._start + len(block) - 1
        stop = max(first, (newest * self.up - self._half) // self.down + 1)
        out = np.empty((stop - first, data.shape[1]))
        for index in range(first, stop):
            out[index - first] = self._sample(block, index)
        out_times = self._stamps(np.arange(first, stop))
        self._next = stop
        self._keep(block)
        return out, out_times

    def _first_output(self) -> int:
        return -(-self._start * self.up // self.down)

    def _with_past(self, data: Float64, times: Float64) -> Float64:
        """The samples from `_start` on, the new ones last; their stamps go to `_times`."""
        if self._block is None:
            length = self._taps.shape[1]
            self._block = np.repeat(data[:1], length, axis=0)
            self._times = times[0] + np.arange(-length, 0) / self.sample_rate
            self._start -= length
        self._times = np.concatenate([self._times, times])
        return np.concatenate([self._block, data])

    def _sample(self, block: Float64, index: int) -> Float64:
        newest, phase = divmod(index * self.down + self._half, self.up)
        stop = newest + 1 - self._start
        taps = self._taps[phase]
        # einsum adds in a fixed order: the same bits, however the stream is cut
        summed = np.einsum("l,lc->c", taps, block[stop - len(taps) : stop])
        return np.asarray(summed, dtype=np.float64)

    def _stamps(self, indices: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Float64:
        positions = indices * self.down / self.up - self._start
        return np.interp(positions, np.arange(len(self._times)), self._times)

    def _keep(self, block: Float64) -> None:
        """What the next output looks at."""
        newest = (self._next * self.down + self._half) // self.up
        surplus = max(0, newest + 1 - self._taps.shape[1] - self._start)
        self._block = block[surplus:].copy()
        self._times = self._times[surplus:]
        self._start += surplus


def _design(up: int, sample_rate: float, target_rate: float) -> tuple[Float64, int]:
    """Taps by phase (up, n_taps), oldest sample first, and half the filter's length less one,
    in steps of 1 / (up * sample_rate).

    Kaiser window (Oppenheim & Schafer). Each phase is made to sum to 1: an electrode's offset
    of 100 mV would else leave a tone of 0.1 mV, at the beat of the two rates.
    """
    nyquist = min(sample_rate, target_rate) / 2
    fine_rate = up * sample_rate
    width = (1 - PASS_SHARE) * nyquist
    n_taps, beta = signal.kaiserord(STOP_DB, width / (fine_rate / 2))
    half = int(n_taps) // 2
    taps = signal.firwin(2 * half + 1, nyquist - width / 2, window=("kaiser", beta), fs=fine_rate)
    per_phase = math.ceil(len(taps) / up)
    padded = np.pad(taps, (0, per_phase * up - len(taps))).reshape(per_phase, up)
    phases = padded.T[:, ::-1]
    return np.ascontiguousarray(phases / phases.sum(axis=1, keepdims=True)), half
