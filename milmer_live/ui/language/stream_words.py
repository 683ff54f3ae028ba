"""Streams of a session in words: which one is missing, how it runs, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from milmer_live.live.state import SourceState, SourceStatus
from milmer_live.storage.session.balance import (
    Outcome,
    StreamBalance,
    StreamKind,
)
from milmer_live.ui.language.engine_words import (
    KINDS,
    engine_words,
)
from milmer_live.ui.language.i18n import (
    mark,
    tr,
)
from milmer_live.ui.language.numbers import number

# A stream inside a sentence.
NAMES: dict[StreamKind, str] = {
    "EEG": mark("EEG '{name}'"),
    "signal": mark("signal '{name}'"),
    "markers": mark("markers '{name}'"),
    "camera": mark("camera '{name}'"),
    "model": mark("model '{name}'"),
}
# How many of its samples, one and several.
COUNTS: dict[StreamKind, tuple[str, str]] = {
    "EEG": (mark("1 sample"), mark("{n} samples")),
    "signal": (mark("1 sample"), mark("{n} samples")),
    "markers": (mark("1 marker"), mark("{n} markers")),
    "camera": (mark("1 frame"), mark("{n} frames")),
    "model": (mark("1 prediction"), mark("{n} predictions")),
}


class Verdict(Enum):
    """How a stream does. WARNS: something of it is missing, or it is still waited for. IDLE: it is
    not there, and need not be."""

    GOOD = "good"
    IDLE = "idle"
    WARNS = "warns"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class StreamLine:
    """One stream in the session's bar; `problem` is empty where all is well."""

    kind: StreamKind
    name: str
    count: int
    verdict: Verdict = Verdict.GOOD
    problem: str = ""

    @property
    def title(self) -> str:
        return titled(self.kind, self.name)


def titled(kind: StreamKind, name: str) -> str:
    return f"{tr(KINDS[kind])} · {name}"


def named(streams: Iterable[SourceStatus | StreamBalance]) -> str:
    """Streams for a sentence: EEG 'amplifier', markers 'stim'."""
    return ", ".join(tr(NAMES[one.kind]).format(name=one.title) for one in streams)


def line_before(source: SourceStatus, *, required: bool) -> StreamLine:
    """A source while nothing is recorded, with what has come since the run began."""
    if source.is_flowing:
        return StreamLine(source.kind, source.title, source.received)
    waits = source.state in (SourceState.CONNECTING, SourceState.LIVE)
    problem = tr("no data yet") if waits else tr(source.state.value)
    verdict = Verdict.IDLE if source.ended else _missing_verdict(required)
    return StreamLine(source.kind, source.title, source.received, verdict, problem)


def line_during(balance: StreamBalance) -> StreamLine:
    """A stream while it is recorded, with what of it is in the file."""
    verdict, problems = running(balance)
    problem = "; ".join(problems)
    return StreamLine(balance.kind, balance.title, balance.written, verdict, problem)


def running(balance: StreamBalance) -> tuple[Verdict, tuple[str, ...]]:
    """How a stream does while it is recorded, and what is wrong with it."""
    if not balance.received and balance.kind == "markers" and balance.connected is not None:
        return Verdict.IDLE, (tr("connected"),)  # markers are rare
    if balance.outcome in (Outcome.NEVER_CAME, Outcome.EMPTY):
        return _missing_verdict(balance.required), (tr("no data yet"),)
    if balance.ended:
        return Verdict.IDLE, (tr("ended"),)
    if balance.lost_at is not None:
        return Verdict.BAD if balance.required else Verdict.WARNS, (tr("no more data"),)
    behind = _windows(balance) if balance.is_behind else []
    problems = (*_losses(balance), *behind, *map(engine_words, balance.faults))
    return Verdict.WARNS if problems else Verdict.GOOD, problems


def verdict_of(balance: StreamBalance) -> Verdict:
    """What a stream's row is coloured by, once the recording has ended."""
    if balance.outcome is Outcome.WHOLE:
        return Verdict.GOOD
    is_there = balance.outcome in (Outcome.FAULTY, Outcome.INCOMPLETE)
    return Verdict.WARNS if is_there or not balance.required else Verdict.BAD


def outcome_words(balance: StreamBalance) -> tuple[str, ...]:
    """All that is wrong with a stream of an ended recording; "Whole" where nothing is."""
    lost, known = (*_losses(balance), *_windows(balance)), _known(balance)
    texts = [_outcome_words(balance), *lost, *map(engine_words, balance.all_faults)]
    said = [text for text in texts if text]
    if not said:
        return (tr("Whole"), *known)
    return (*said, *known, *(() if balance.required else (tr("It is not required"),)))


def counted(count: int, kind: StreamKind) -> str:
    """`1 sample`, `1,200 frames`."""
    one, several = COUNTS[kind]
    return tr(one) if count == 1 else tr(several).format(n=number(count, ","))


def _missing_verdict(required: bool) -> Verdict:
    return Verdict.WARNS if required else Verdict.IDLE


def _outcome_words(balance: StreamBalance) -> str:
    match balance.outcome:
        case Outcome.NEVER_CAME if balance.kind == "model":
            return tr("It was not ready in time")
        case Outcome.NEVER_CAME:
            return tr("It never came")
        case Outcome.EMPTY:
            return "; ".join(
                filter(None, (tr("It was connected, but nothing came"), _lost(balance)))
            )
        case Outcome.DIED if balance.lost_after_s is not None:
            return _lost(balance)
        case Outcome.DIED if balance.first is not None and balance.last is not None:
            span = number(balance.last - balance.first, ".1f")
            return tr("Nothing more came {s} s after its first").format(s=span)
        case Outcome.DIED:
            return tr("It was lost")
        case _:
            return ""


def _lost(balance: StreamBalance) -> str:
    """When markers were lost; empty where they were not."""
    after_s = balance.lost_after_s
    if after_s is None:
        return ""
    return tr("It was lost {s} s after it was connected").format(s=number(after_s, ".1f"))


def _losses(balance: StreamBalance) -> tuple[str, ...]:
    """What of it is not in the file, and why."""
    texts = []
    if balance.gaps:
        words = tr("1 gap of {s} s") if balance.gaps == 1 else tr("{n} gaps, {s} s in all")
        texts.append(words.format(n=number(balance.gaps, ","), s=number(balance.gap_s, ".2f")))
    if balance.is_cut:
        texts.append(_away(balance))
    if balance.rejected:
        why = f": {engine_words(balance.rejected_why)}" if balance.rejected_why else ""
        rejected = counted(balance.rejected, balance.kind)
        texts.append(tr("{counted} rejected").format(counted=rejected) + why)
    if balance.not_kept:
        lost = counted(balance.not_kept, balance.kind)
        texts.append(tr("{counted} not kept: the disk was too slow").format(counted=lost))
    return tuple(texts)


def _known(balance: StreamBalance) -> list[str]:
    """What is to be known, and costs nothing that was required."""
    texts = [engine_words(balance.ended)] if balance.ended and not balance.part_of else []
    if balance.pictures is not None and balance.pictures < balance.written:
        kept, frames = number(balance.pictures, ","), counted(balance.written, balance.kind)
        texts.append(tr("Pictures of {n} of {counted} kept").format(n=kept, counted=frames))
    if balance.kind == "markers" and balance.reconnections:
        texts.append(_away(balance))
    return texts


def _away(balance: StreamBalance) -> str:
    """How often and how long it was lost before it came back."""
    one, several = tr("Lost once, for {s} s"), tr("Lost {n} times, for {s} s in all")
    words = one if balance.reconnections == 1 else several
    away = number(balance.away_s, ".1f")
    return words.format(n=number(balance.reconnections, ","), s=away)


def _windows(balance: StreamBalance) -> list[str]:
    """What a model did not answer."""
    texts = []
    if balance.skipped and balance.kind == "model":
        words = tr("Windows without an answer: {n}")
        texts.append(words.format(n=number(balance.skipped, ",")))
    if balance.unknown:
        words = tr("Not enough signal for a quadrant: {n} times")
        texts.append(words.format(n=number(balance.unknown, ",")))
    return texts
