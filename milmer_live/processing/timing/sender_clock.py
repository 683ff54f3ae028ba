"""Whether the stamps of a stream are on our clock: they are compared with the time of arrival.

Only what cannot be is taken for a wrong clock. A sample does not come from the future, and
samples that follow one another do not have stamps that run back. But a sample may be late, by
what a network or a buffer holds back, and its stamp be right. Pure.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

# Stamps ahead of their arrival by more than this are of another clock: LSL sets the clocks of
# two machines right to some ms, and rounding and a late measurement cost less than 0.1 s.
AHEAD_S = 0.2
AT_ONCE_S = 1.0  # ahead: believed of a single chunk; less has to go on for half a second
LATE_S = 1.0  # within which samples arrive, unless something holds them back
BUFFERED_S = 360.0  # the most that may have waited somewhere: as much as a sender keeps

# A first chunk that had waited is followed by samples that are less and less late, so being
# late evenly for 5 s is a clock. A stream that was on time once has a right clock: it may have
# drifted if it is late evenly for 30 s; a slow network is not that even.
BUCKET_S = 0.5
NEW_BUCKETS = 10
KNOWN_BUCKETS = 60
EVEN_S = 0.5


@dataclass(slots=True)
class _Bucket:
    """The least and the most by which samples were late, within half a second."""

    start: float
    least: float
    most: float


class SenderClock:
    """What has to be added to a stream's stamps so that they are on our clock: `shift_s`.

    It changes in steps, at the moments that `begin`, `jump` and `follow` are told of, and is
    chosen so that the newest stamp is the time of arrival, less the usual delay where that is
    known. `steps` counts them.
    """

    def __init__(self) -> None:
        self.shift_s = 0.0
        self.steps = 0
        self.restart()

    def restart(self) -> None:
        """The stream was opened anew, and its clock may be another."""
        self._is_known = False  # whether a sample has been on time
        self._buckets: deque[_Bucket] = deque(maxlen=KNOWN_BUCKETS)

    def begin(self, stamp: float, arrival: float) -> float:
        """The first chunk has come; `stamp` is its newest, without a shift. Returns the step."""
        late = arrival - stamp
        for shift in (0.0, self.shift_s):
            if -AT_ONCE_S <= late - shift <= LATE_S:
                return self._move_to(shift)
        if -AT_ONCE_S <= late <= BUFFERED_S:
            return self._move_to(0.0)  # it may have waited: `follow` finds out
        return self._move_to(late)

    def jump(self, stamp: float, arrival: float, by_s: float) -> float:
        """Stamps have jumped by `by_s` and stay; `stamp` is the newest, without a shift.
        Forward may be a gap; far back is a clock that was set. Returns the step."""
        late, usual = arrival - stamp, self._usual
        if abs(by_s) <= AHEAD_S or (by_s > 0 and late - self.shift_s >= -AT_ONCE_S):
            return 0.0
        self.restart()
        if abs(late - usual) <= AHEAD_S:
            return self._move_to(0.0)
        # what follows a clock that was set back directly has lost nothing, however late it is
        return self._move_to(self.shift_s - by_s if by_s < 0 else late - usual)

    def follow(self, stamp: float, arrival: float) -> float:
        """The newest stamp, without a shift, of samples that came as expected. Returns the
        step, for the samples to come."""
        late = arrival - stamp - self.shift_s
        newest = self._buckets[-1] if self._buckets else None
        if newest is not None and arrival - newest.start < BUCKET_S:
            newest.least, newest.most = min(newest.least, late), max(newest.most, late)
            return 0.0
        step = self._judge()
        if step:
            self._buckets.clear()
        self._buckets.append(_Bucket(arrival, late - step, late - step))
        return self._move_to(self.shift_s + step)

    @property
    def _usual(self) -> float:
        """How late samples are when nothing holds them back; 0 before that is known."""
        recent = list(self._buckets)[-NEW_BUCKETS:]
        return min((bucket.least for bucket in recent), default=0.0)

    def _judge(self) -> float:
        if not self._buckets:
            return 0.0
        newest = self._buckets[-1]
        if newest.most < -AHEAD_S:
            return newest.least
        self._is_known = self._is_known or newest.least <= LATE_S
        count = KNOWN_BUCKETS if self._is_known else NEW_BUCKETS
        least = [bucket.least for bucket in self._buckets][-count:]
        even = len(least) == count and max(least) - min(least) <= EVEN_S
        return min(least) if even and min(least) > LATE_S else 0.0

    def _move_to(self, shift_s: float) -> float:
        step = shift_s - self.shift_s
        if not math.isfinite(step):
            return 0.0
        self.steps += step != 0
        self.shift_s = shift_s
        return step
