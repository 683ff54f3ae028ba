"""Where a playlist lies on the LSL clock, while it is played, paused and moved about in."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass

from milmer_live.acquisition.replay.playlist import Playlist
from milmer_live.errors import ConfigError, SourceLost
from milmer_live.processing.windows import TOLERANCE_S
from milmer_live.samples import Label


@dataclass(frozen=True, slots=True)
class _Piece:
    """From `moment` on, position `position` has the stamp `stamp`, until the next piece."""

    moment: float
    stamp: float
    position: float


class ReplayTimeline:
    """Stamps of a playlist, and the moments at which they leave.

    Stamps are as far apart as they were recorded, whatever the `speed`: at another than 1 only
    the moment at which a sample leaves is another, so that its stamp runs ahead of the clock.
    A pause is a gap in the stamps, and so is a jump to another position: no stamp is given
    twice. Any thread may ask and change.
    """

    def __init__(self, playlist: Playlist, speed: float = 1.0) -> None:
        self.playlist = playlist
        self.started = threading.Event()
        self.jumps = 0  # to another position, so far
        self._speed = _checked(speed)
        self._pieces: tuple[_Piece, ...] = ()
        self._paused_at: float | None = None
        self._lock = threading.Lock()

    @property
    def paused(self) -> bool:
        return self._paused_at is not None

    @property
    def speed(self) -> float:
        return self._speed

    @property
    def begins_s(self) -> float:
        """The position from which on it has been played as it is now. Raises SourceLost."""
        return self._newest().position

    def start(self, origin: float, position_s: float = 0.0) -> None:
        """The first sample, that of `position_s`, has the stamp `origin`. Raises ConfigError."""
        if self.started.is_set():
            raise RuntimeError("a replay is started once")
        self._check_position(position_s)
        self._pieces = (_Piece(origin, origin, position_s),)
        self.jumps += position_s > 0
        self.started.set()

    def position_at(self, moment: float) -> float:
        """What is played at `moment`, as a position in seconds. Raises SourceLost."""
        if self._paused_at is not None:
            return self._paused_at
        piece = self._newest()
        position = piece.position + (moment - piece.moment) * self._speed
        return min(max(piece.position, position), self.playlist.duration_s)

    def pause(self, moment: float) -> None:
        """Nothing leaves any more, until `resume`; harmless when it is paused."""
        with self._lock:
            self._paused_at = self.position_at(moment)

    def resume(self, moment: float) -> None:
        """Go on where it was paused; harmless when it was not."""
        with self._lock:
            if self._paused_at is not None:
                position, self._paused_at = self._paused_at, None
                self._go_on(moment, position)

    def seek(self, position_s: float, moment: float) -> None:
        """Go on at another position, or wait there while it is paused. Raises ConfigError."""
        self._check_position(position_s)
        with self._lock:
            if self._paused_at is None:
                self._go_on(moment, position_s)
            else:
                self._paused_at = position_s
                self._add(_Piece(moment, self._free_stamp(moment), position_s))
            self.jumps += 1

    def change_speed(self, speed: float, moment: float) -> None:
        """From now on. Raises ConfigError."""
        with self._lock:
            position = self.position_at(moment)
            stamp = self.time_of(position)
            self._speed = _checked(speed)
            self._add(_Piece(moment, stamp, position))

    def time_of(self, position_s: float) -> float:
        """LSL time of a position, as it is or will be played. Raises SourceLost."""
        piece = self._newest()
        return piece.stamp + position_s - piece.position

    def due(self, time: float) -> float:
        """The moment at which what is stamped `time` leaves; never while it is paused."""
        if self._paused_at is not None:
            return math.inf
        piece = self._newest()
        return piece.moment + (time - piece.stamp) / self._speed

    def segment_span(self, time: float) -> tuple[float, float] | None:
        """Start and stop (LSL time) of the item that plays at `time`, None outside."""
        item = self._item_at(time)
        if item is None:
            return None
        start_s, stop_s = self.playlist.span(item)
        shift = self._shift_at(time)
        return start_s + shift, stop_s + shift

    def label_at(self, time: float) -> Label | None:
        """The label that holds at `time`, None in a baseline or outside."""
        return self.label_over(time, time)

    def label_over(self, start: float, stop: float) -> Label | None:
        """The label that holds for all of [start, stop]: None where a window sees a change,
        or a pause or jump."""
        item = self._item_at(start)
        if item is None or self._piece_at(start) is not self._piece_at(stop):
            return None
        shift = self._shift_at(start)
        for begins_s, ends_s, label in self.playlist.labels(item):
            begins, ends = begins_s + shift, ends_s + shift
            if begins - TOLERANCE_S <= start < ends and stop <= ends + TOLERANCE_S:
                return label
        return None

    def _check_position(self, position_s: float) -> None:
        if not 0 <= position_s < self.playlist.duration_s:
            raise ConfigError(
                f"The replay has no position of {position_s:g} s.",
                f"It lasts {self.playlist.duration_s:g} s.",
            )

    def _go_on(self, moment: float, position: float) -> None:
        self._add(_Piece(moment, self._free_stamp(moment), position))

    def _free_stamp(self, moment: float) -> float:
        """Not before now, nor before a stamp that has been given."""
        piece = self._newest()
        given = piece.stamp + max(0.0, moment - piece.moment) * self._speed
        return max(moment, given)

    def _add(self, piece: _Piece) -> None:
        self._pieces = (*self._pieces, piece)

    def _newest(self) -> _Piece:
        if not self._pieces:
            raise SourceLost("The replay has not been started.")
        return self._pieces[-1]

    def _piece_at(self, time: float) -> _Piece:
        """That gave the stamp `time`; stamps of one moment differ by clock correction."""
        self._newest()
        earlier = [piece for piece in self._pieces if piece.stamp <= time + TOLERANCE_S]
        return earlier[-1] if earlier else self._pieces[0]

    def _shift_at(self, time: float) -> float:
        piece = self._piece_at(time)
        return piece.stamp - piece.position

    def _item_at(self, time: float) -> int | None:
        """On a border the later item counts."""
        position_s = time + TOLERANCE_S - self._shift_at(time)
        if not 0 <= position_s < self.playlist.duration_s:
            return None
        return self.playlist.item_of_sample(int(position_s * self.playlist.info.sample_rate))


def _checked(speed: float) -> float:
    if not 0 < speed < math.inf:
        raise ConfigError(f"A replay has no speed of {speed:g}.", "Choose 1, or more.")
    return speed
