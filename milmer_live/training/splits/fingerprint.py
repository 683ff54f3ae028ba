"""A trial known by its samples: hashes that stay equal under another name, unit, offset or number
format, and at another place in another file.

Each hash is of the signs of 16 differences, a sixteenth of a second apart, in all channels: it
covers 17/16 s. Those of smallest value are kept, about 8 a second, so that two stretches that share
some seconds of samples share hashes, wherever each begins. Filtering or resampling changes them.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from milmer_live.samples import Float32

Prints = NDArray[np.uint64]
NO_PRINTS: Prints = np.empty(0, dtype=np.uint64)

# One hash may come from a second of a test signal in both recordings.
FEWEST_SHARED = 2
_STEPS = 16
_KEPT_HZ, _SKETCHED_HZ, _FEWEST = 8.0, 0.5, 8
_SKETCH_BITS = 48
_SKETCH_DIGITS = _SKETCH_BITS // 4
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


def prints_of(eeg: Float32, rate: float) -> Prints:
    """Sorted hashes of `eeg` (n_samples, n_channels) at `rate` Hz; none where it is too short, or
    where nothing moves."""
    lag = max(1, round(rate / _STEPS))
    n = len(eeg) - lag * _STEPS
    if n <= 0:
        return NO_PRINTS
    rise = eeg[lag:] - eeg[:-lag]
    words, moves = _words(rise > 0), (rise != 0).any(axis=1)
    hashes, alive = np.zeros(n, dtype=np.uint64), np.ones(n, dtype=np.bool_)
    for step in range(_STEPS):
        part = slice(step * lag, step * lag + n)
        hashes = _mixed(hashes + words[part] + _MULTIPLIER)
        alive &= moves[part]
    limit = np.uint64(min(1.0, _KEPT_HZ / rate) * (2.0**64 - 2**12))
    return np.unique(hashes[alive & (hashes < limit)])


def _words(bits: NDArray[np.bool_]) -> Prints:
    """(n,) one number for the signs of all channels."""
    packed = np.packbits(bits, axis=1)
    word = np.zeros(len(bits), dtype=np.uint64)
    for column in packed.T:
        word = _mixed(word + column.astype(np.uint64) + _MULTIPLIER)
    return word


def _mixed(keys: Prints) -> Prints:
    """SplitMix64's finaliser (Steele et al. 2014)."""
    keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(keys ^ (keys >> np.uint64(31)), dtype=np.uint64)


def sketch(prints: Prints) -> str:
    """The smallest of the hashes, one for each two seconds and at least 8, as hexadecimal digits
    for a card."""
    count = max(_FEWEST, round(len(prints) * _SKETCHED_HZ / _KEPT_HZ))
    return "".join(f"{value:0{_SKETCH_DIGITS}x}" for value in _short(prints[:count]).tolist())


def sketched(text: str) -> set[int]:
    """The hashes of a `sketch`. Raises ValueError where the text is none."""
    places = range(0, len(text), _SKETCH_DIGITS)
    return {int(text[place : place + _SKETCH_DIGITS], 16) for place in places}


def shares_samples(prints: Prints, known: set[int]) -> bool:
    """Whether at least two hashes are among those of sketches."""
    return len(known.intersection(_short(prints).tolist())) >= FEWEST_SHARED


def _short(prints: Prints) -> Prints:
    return np.asarray(prints >> np.uint64(64 - _SKETCH_BITS), dtype=np.uint64)


def shared(prints: Iterable[Prints]) -> dict[tuple[int, int], int]:
    """How many hashes two of the series have in common, by their numbers in order; of many copies
    only those that follow each other are paired."""
    series = list(prints)
    hashes = np.concatenate(series or [NO_PRINTS])
    owner = np.repeat(np.arange(len(series)), [len(one) for one in series])
    order = np.lexsort((owner, hashes))
    same = np.flatnonzero(hashes[order][1:] == hashes[order][:-1])
    pairs, counts = np.unique(
        np.stack([owner[order][same], owner[order][same + 1]], axis=1), axis=0, return_counts=True
    )
    return {(int(a), int(b)): int(n) for (a, b), n in zip(pairs, counts, strict=True)}
