"""A small writer of BDF files (BioSemi: EDF with 24-bit samples), as DEAP's originals are.

Header fields from biosemi.com/faq/file_format.htm; one record a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from milmer_live.samples import Float64

RATE = 512
MICROVOLTS = 262_144  # physical range of a BioSemi channel: 31.25 nV a step


def write_bdf(
    path: Path,
    names: Sequence[str],
    signals_uv: Float64,
    status: NDArray[np.int64],
    status_names: Sequence[str] = ("Status",),
) -> Path:
    """`signals_uv` (n_channels, n_samples) of whole seconds; `status` (n_samples,) 24 bits.

    The last of `status_names` holds the status; others before it are channels of nothing.
    """
    steps = np.round(signals_uv / MICROVOLTS * 2**23).astype(np.int64)
    nothing = np.zeros((len(status_names) - 1, len(status)), dtype=np.int64)
    digital = np.concatenate([steps, nothing, status[np.newaxis]])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_header([*names, *status_names], len(names), len(status)) + _records(digital))
    return path


def _header(names: Sequence[str], n_signals: int, n_samples: int) -> bytes:
    n = len(names)

    def each(signal: object, other: object, width: int) -> bytes:
        values = [signal] * n_signals + [other] * (n - n_signals)
        return b"".join(_field(value, width) for value in values)

    return b"".join(
        [
            b"\xffBIOSEMI" + _field("", 80) + _field("", 80),
            _field("01.01.12", 8) + _field("10.00.00", 8) + _field(256 * (n + 1), 8),
            _field("24BIT", 44) + _field(n_samples // RATE, 8) + _field(1, 8) + _field(n, 4),
            b"".join(_field(name, 16) for name in names),
            each("active electrode", "triggers and status", 80),
            each("uV", "Boolean", 8),
            each(-MICROVOLTS, -(2**23), 8) + each(MICROVOLTS, 2**23 - 1, 8),
            each(-(2**23), -(2**23), 8) + each(2**23 - 1, 2**23 - 1, 8),
            each("HP: DC; LP: 104 Hz", "No filtering", 80),
            each(RATE, RATE, 8) + each("", "", 32),
        ]
    )


def _field(value: object, width: int) -> bytes:
    return str(value).encode("ascii")[:width].ljust(width)


def _records(digital: NDArray[np.int64]) -> bytes:
    """Second by second, channel by channel, the three low bytes of each sample."""
    n, samples = digital.shape
    seconds = digital.reshape(n, samples // RATE, RATE).transpose(1, 0, 2)
    return np.ascontiguousarray(seconds, dtype="<i4")[..., np.newaxis].view("u1")[..., :3].tobytes()
