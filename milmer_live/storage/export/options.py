"""What an export writes, and how it is to be named."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal, get_args

from milmer_live.errors import ConfigError
from milmer_live.processing.eeg.units import voltage

Format = Literal["fif", "edf", "bdf", "brainvision", "bids", "eeglab", "csv", "npz"]
FORMATS: tuple[Format, ...] = get_args(Format)

# What they are called: the EEG, and any other stream by its name.
SUFFIXES: dict[Format, tuple[str, str]] = {
    "fif": ("_eeg.fif", "_{}_raw.fif"),
    "edf": ("_eeg.edf", "_{}.edf"),
    "bdf": ("_eeg.bdf", "_{}.bdf"),
    "brainvision": ("_eeg.vhdr", "_{}.vhdr"),
    "bids": ("_bids", ""),
    "eeglab": ("_eeg.set", "_{}.set"),
    "csv": ("_eeg.csv", "_{}.csv"),
    "npz": ("_eeg.npz", "_{}.npz"),
}
# These have a time for each sample, so that they need no rate.
WITH_TIMES: frozenset[Format] = frozenset({"csv", "npz"})

TASK = "emotion"  # BIDS wants a name for what the participant did
NOMINAL, EFFECTIVE = "nominal", "effective"
_LETTERS = re.compile("[A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """`rate` is that of the files: "nominal", as the header has it; "effective", as the stamps
    have it; or Hz. Empty: nominal, and in formats that have a time for each sample as recorded.

    `streams` are names of those to write instead of the EEG, `everything` adds all others;
    `unit` is that of the EEG where the file does not say. The rest are BIDS' entities; empty:
    as the session is called.
    """

    rate: str = ""
    streams: tuple[str, ...] = ()
    everything: bool = False
    unit: str = ""
    subject: str = ""
    session: str = ""
    task: str = TASK
    run: str = ""

    def checked(self) -> ExportOptions:
        """The same. Raises ConfigError for what means nothing."""
        if self.rate not in ("", NOMINAL, EFFECTIVE) and not _hertz(self.rate) > 0:
            raise ConfigError(
                f"'{self.rate}' is no rate.", "Write nominal, effective, or a number of Hz."
            )
        if self.unit:
            voltage(self.unit)
        for name in ("subject", "session", "task"):
            text = getattr(self, name)
            if text and not _LETTERS.fullmatch(text):
                raise ConfigError(f"The {name} '{text}' has to be letters and digits alone.")
        if self.run and not self.run.isdecimal():
            raise ConfigError(f"The run '{self.run}' has to be a number.")
        return self

    def hertz(self, nominal: float, effective: float) -> float:
        """The rate of a stream's file; 0 where it is not known."""
        if self.rate == EFFECTIVE:
            return effective
        if self.rate in ("", NOMINAL):
            return nominal or effective
        return _hertz(self.rate)


def _hertz(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if math.isfinite(value) and value <= 1e7 else 0.0
