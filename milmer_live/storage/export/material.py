"""All that a writer of one format needs of one stream."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from milmer_live.processing.placing import Grid
from milmer_live.storage.export.events import Event
from milmer_live.storage.export.options import ExportOptions
from milmer_live.storage.export.signal import Signal
from milmer_live.storage.export.texts import Texts
from milmer_live.storage.session.reader import Session

# What MNE calls a stretch that was not recorded; its filters and its ICA leave it out.
SKIPPED = "BAD_ACQ_SKIP"


@dataclass
class Material:
    """`notes` gather sentences on what a file has otherwise than the session; `others` are streams
    that go into the same folder."""

    session: Session
    signal: Signal
    events: tuple[Event, ...]
    options: ExportOptions
    others: tuple[Signal, ...] = ()
    notes: list[str] = field(default_factory=list)

    @property
    def origin(self) -> float:
        """The first sample's time on the recorder's clock."""
        return float(self.signal.times[0])

    @property
    def begun(self) -> datetime | None:
        """The wall clock's time of the first sample, UTC; None where no card tells it."""
        card = self.session.card
        if card is None:
            return None
        started = datetime.fromisoformat(card.started)
        return started + timedelta(seconds=self.origin - card.started_lsl)

    @property
    def rate(self) -> float:
        return self.options.hertz(self.signal.nominal_rate, self.signal.effective_rate)

    def grid(self, rate: float = 0.0) -> Grid:
        """The samples on an even grid, of `rate` or as it was asked for; it is noted how they
        came there. Raises RecordingError."""
        grid = self.signal.grid(rate or self.rate)
        measured = f"by its stamps it has {self.signal.effective_rate:.6g} Hz"
        how = "samples are as recorded" if grid.kept else "it was resampled"
        self.note(f"'{self.signal.name}' is written at {grid.rate:.6g} Hz; {measured}, {how}.")
        if grid.moved:
            self.note(
                f"The clock of '{self.signal.name}' was set while it was recorded: what comes "
                "after is written right behind it, and events there may be off."
            )
        return grid

    def note(self, sentence: str) -> None:
        if sentence and sentence not in self.notes:
            self.notes.append(sentence)

    def timed(self, grid: Grid, texts: Texts) -> list[tuple[float, float, str]]:
        """(onset, duration, text) in seconds from the first sample, events and what was skipped,
        in order. Events beyond the samples are left out, and counted."""
        end = len(grid.values) / grid.rate
        found = list(self._inside(end, texts))
        left = len(self.events) - len(found)
        if left:
            where = "before or after the samples"
            one, more = f"1 event was {where} and is", f"{left} events were {where} and are"
            self.note(f"{one if left == 1 else more} left out; csv and npz have all.")
        self.note(texts.said)
        found += [(start, stop - start, SKIPPED) for start, stop in grid.skipped]
        return sorted(found)

    def _inside(self, end: float, texts: Texts) -> Iterator[tuple[float, float, str]]:
        for event in self.events:
            onset = event.time - self.origin
            if -1e-6 <= onset < end:
                yield max(0.0, onset), event.duration_s, texts.plain(event.text)
