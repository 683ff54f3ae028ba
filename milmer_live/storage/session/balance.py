"""Balance of a recording: what came of each stream that was asked for.

The one place that decides whether a stream, and so a session, is whole. `record`, `check`,
`sessions`, `labels` and the window all ask here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Literal

from pydantic import Field

from milmer_live.config import Frozen
from milmer_live.processing.timing.gaps import (
    GAP_S,
    LONGEST_S,
)

StreamKind = Literal["EEG", "signal", "markers", "camera", "model"]

UNITS: dict[StreamKind, str] = {
    "EEG": "sample",
    "signal": "sample",
    "markers": "marker",
    "camera": "frame",
    "model": "prediction",
}


_TOTALS = (
    "received", "written", "rejected", "not_kept", "deduced", "gaps", "gap_samples", "gap_s",
    "skipped", "unknown", "reconnections", "away_s",
)  # fmt: skip

# A model that leaves out more of its windows than this does not keep up, which is its fault.
LEFT_OUT_SHARE = 0.1
# By which the stamps of a stream may span more than the time for which it was connected: what its
# sender had kept.
SLACK_S = 600.0
NO_PICTURE = "No picture was kept: at no time was one face known as the participant's."


class Outcome(StrEnum):
    """What came of a stream, the worst that applies.

    NEVER_CAME: it was never connected. EMPTY: connected, but nothing came. DIED: it came and was
    gone, or silent, when the recording ended. INCOMPLETE: something of it is not in the file.
    FAULTY: all is in the file, but not as it should be (a wrong sampling rate, a frozen camera).
    """

    WHOLE = "whole"
    FAULTY = "faulty"
    INCOMPLETE = "incomplete"
    DIED = "died"
    EMPTY = "empty"
    NEVER_CAME = "never came"


class StreamBalance(Frozen):
    """One stream that was asked for, in numbers. Times are seconds on the recorder's clock.

    `received` is counted from the moment the recording began, through all reconnections:
    `received = written + rejected + not_kept` once the recording has ended.
    """

    asked: str = Field(description="as the user named it, without passwords")
    kind: StreamKind
    name: str = Field("", description="as it presented itself; empty: it never came")
    required: bool = True
    connected: float | None = Field(None, description="when, for the first time")
    received: int = 0
    written: int = 0
    rejected: int = Field(0, description="samples that did not fit their stream")
    rejected_why: str = Field("", description="the last reason")
    not_kept: int = Field(
        0, description="samples that came, and for which the disk had no time or room"
    )
    deduced: int = Field(0, description="samples whose stamp was not a number")
    pictures: int | None = Field(
        None, description="frames whose picture, or face, is in the video; None: none were to be"
    )
    gaps: int = Field(0, description="marked in the file")
    gap_samples: int = 0
    gap_s: float = 0.0
    skipped: int = Field(
        0,
        description="frames that are missing, each time too few for a gap; windows without an "
        "answer, since a newer one was there already or the model failed",
    )
    unknown: int = Field(
        0, description="answers without a quadrant: not enough signal, or out of range"
    )
    first: float | None = Field(None, description="stamp of the first sample")
    last: float | None = Field(None, description="stamp of the last sample")
    reconnections: int = 0
    away_s: float = Field(0.0, description="lost before its reconnections, in seconds in all")
    alive: bool = Field(False, description="samples flowed when the recording ended, or flow now")
    lost_at: float | None = Field(None, description="since when nothing has come; None: it flows")
    ended: str = Field(
        "", description="why nothing more came, where that is in order: a recording that is over"
    )
    faults: tuple[str, ...] = Field((), description="what was wrong with it, in sentences")
    streams: tuple[str, ...] = Field((), description="what it is called in session.xdf")

    part_of: str = Field(
        "", description="what its device was asked for by, where that sends it beside its EEG"
    )
    apart: str = Field("", description="what tells it from another of the same name")

    @property
    def called(self) -> str:
        """Its own name, or what was asked for where it never came."""
        return self.name or self.asked

    @property
    def title(self) -> str:
        """As it is shown among the others of the recording."""
        return f"{self.called} ({self.apart})" if self.apart else self.called

    @property
    def outcome(self) -> Outcome:
        if self.connected is None and not self.received:
            return Outcome.NEVER_CAME
        if not self.received:
            return Outcome.EMPTY
        if not self.alive:
            return Outcome.DIED
        if self.gaps or self.rejected or self.not_kept or self.is_cut:
            return Outcome.INCOMPLETE
        is_faulty = self.all_faults or self.is_behind
        return Outcome.FAULTY if is_faulty else Outcome.WHOLE

    @property
    def all_faults(self) -> tuple[str, ...]:
        """With what the figures tell."""
        has_none = self.pictures == 0 and self.written > 0
        return (*self.faults, NO_PICTURE) if has_none else self.faults

    @property
    def is_cut(self) -> bool:
        """Whether it was lost for much longer than its gaps tell: it has no fixed rate, or its
        stamps are no times. Markers are rare, and their sender may end between two blocks."""
        has_rate = self.kind not in ("markers", "model")
        return has_rate and self.reconnections > 0 and self.away_s > 2 * self.gap_s

    @property
    def is_behind(self) -> bool:
        """Whether it is a model that this machine is too slow for, or that often fails."""
        due = self.received + self.skipped
        return self.kind == "model" and self.skipped > LEFT_OUT_SHARE * due

    @property
    def is_awaited(self) -> bool:
        """Whether it is required and nothing of it has come yet; of markers, which are rare, a
        connection is enough."""
        is_there = self.connected is not None if self.kind == "markers" else self.received > 0
        return self.required and not is_there

    @property
    def lost_after_s(self) -> float | None:
        """Where stamps do not tell how long it flowed: when it was lost, in seconds since it was
        connected. Of markers hardly any come; of others stamps may be no seconds."""
        if self.alive or self.connected is None or self.lost_at is None:
            return None
        after_s = self.lost_at - self.connected
        if self.kind == "markers":
            return after_s
        if not self.received or self.first is None or self.last is None:
            return None
        return None if 0 <= self.last - self.first <= after_s + SLACK_S else after_s

    @property
    def stamps_tell(self) -> bool:
        """Whether the first and the last stamp are on the recorder's clock, as far as one sees."""
        if self.connected is None or self.first is None or self.last is None:
            return False
        return abs(self.first - self.connected) < LONGEST_S and self.last >= self.first

    @property
    def is_short(self) -> bool:
        """Whether it was required and is not whole: `record` ends with exit code 3."""
        return self.required and self.outcome is not Outcome.WHOLE

    @property
    def sentence(self) -> str:
        """The stream and what came of it, on one line."""
        return f"{self.title}: {self.story}"

    @property
    def story(self) -> str:
        """What came of it: "whole", or all that is to be said."""
        outcome = "whole" if self.outcome is Outcome.WHOLE else self._outcome_text()
        texts = [text for text in (outcome, *self._missing_texts(), *self._notes()) if text]
        counted_up = [f"{'; '.join(texts)}."] if texts not in ([], ["whole"]) else []
        return " ".join([*counted_up, *self.all_faults]) or "whole"

    def _outcome_text(self) -> str:
        unit = UNITS[self.kind]
        match self.outcome:
            case Outcome.NEVER_CAME:
                return "it never came"
            case Outcome.EMPTY:
                lost = f", and {self._lost_text()}" if self.lost_after_s is not None else ""
                return f"it was connected, but no {unit} came{lost}"
            case Outcome.DIED if self.lost_after_s is not None:
                return self._lost_text()
            case Outcome.DIED if self.first is not None and self.last is not None:
                return f"nothing more came {self.last - self.first:.1f} s after its first {unit}"
            case Outcome.DIED:
                return "it was lost"
            case _:
                return ""

    def _lost_text(self) -> str:
        return f"it was lost {self.lost_after_s:.1f} s after it was connected"

    def _away_text(self) -> str:
        return f"lost {counted(self.reconnections, 'time')}, {self.away_s:.1f} s in all"

    def _notes(self) -> tuple[str, ...]:
        """What is to be known, and costs nothing that was required."""
        texts = []
        if self.kind == "model":
            texts += self._windows()
        elif self.skipped:
            span = f"each time for less than {GAP_S:g} s"
            texts.append(f"{counted(self.skipped, 'frame')} skipped, {span}")
        if self.pictures is not None and self.pictures < self.written:
            texts.append(f"pictures of {self.pictures:,} of {counted(self.written, 'frame')} kept")
        if self.kind == "markers" and self.reconnections:  # of others the gap says it
            texts.append(self._away_text())
        if self.ended and not self.part_of:
            texts.append(self.ended.rstrip("."))
        if self.deduced:
            texts.append(f"{counted(self.deduced, 'stamp')} deduced, which were not numbers")
        return tuple(texts)

    def _windows(self) -> list[str]:
        """What was not answered of the windows that were due."""
        texts = []
        if self.skipped:
            texts.append(f"{counted(self.skipped, 'window')} without an answer")
        if self.unknown:
            answers = counted(self.unknown, "answer")
            texts.append(f"{answers} without a quadrant: not enough signal, or out of range")
        return texts

    def _missing_texts(self) -> tuple[str, ...]:
        unit = UNITS[self.kind]
        texts = []
        if self.gaps:
            span = f"{counted(self.gap_samples, unit)}, {self.gap_s:.2f} s"
            texts.append(f"{counted(self.gaps, 'gap')} ({span})")
        if self.is_cut:
            texts.append(self._away_text())
        if self.rejected:
            why = f": {self.rejected_why.rstrip('.')}" if self.rejected_why else ""
            texts.append(f"{counted(self.rejected, unit)} could not be recorded{why}")
        if self.not_kept:
            texts.append(f"{counted(self.not_kept, unit)} came and could not be kept")
        return tuple(texts)


def short_streams(balance: Iterable[StreamBalance]) -> tuple[StreamBalance, ...]:
    """Those that were required and are not whole."""
    return tuple(one for one in balance if one.is_short)


def joined(parts: Sequence[StreamBalance]) -> StreamBalance:
    """One source through all folders of a recording, in order; how it stands is as in the last."""
    last = parts[-1]
    firsts = [one.first for one in parts if one.first is not None]
    lasts = [one.last for one in parts if one.last is not None]
    pictures = [one.pictures for one in parts if one.pictures is not None]
    why = [one.rejected_why for one in parts if one.rejected_why]
    totals = {name: sum(getattr(one, name) for one in parts) for name in _TOTALS}
    return last.model_copy(
        update={
            **totals,
            "rejected_why": why[-1] if why else "",
            "pictures": sum(pictures) if pictures else None,
            "first": firsts[0] if firsts else None,
            "last": lasts[-1] if lasts else None,
            "faults": tuple(dict.fromkeys(text for one in parts for text in one.faults)),
            "streams": tuple(dict.fromkeys(name for one in parts for name in one.streams)),
        }
    )


def counted(number: int, noun: str) -> str:
    """`1 gap`, `2 gaps`, `1,200 samples`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


class Written(Frozen):
    """What was written to one stream of `session.xdf`. The sums are CRC-32 of all stamps and of
    all values, in order: whoever reads the file back must come to the same."""

    name: str
    samples: int
    first_stamp: float | None = Field(None, description="as sent")
    last_stamp: float | None = None
    stamps_crc: int = 0
    values_crc: int = 0


class VisibleStream(Frozen):
    """A stream that could be seen on the network when the recording began."""

    name: str
    type: str = ""
    source_id: str = ""
    host: str = ""
    n_channels: int = 0
    sample_rate: float = Field(0.0, description="Hz as announced; 0: irregular")
