"""What the experimenter says of a session: labels, ratings and notes, undone and corrected.

Nothing that was entered is ever taken back: an undo and a correction are entries of their own,
and `valid_annotations` makes of all of them what holds now.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from milmer_live.clock import Clock
from milmer_live.config import validated
from milmer_live.samples import Marker, Quadrant
from milmer_live.storage.session.streams import (
    Annotation,
    valid_annotations,
)

LOOK_BACK_S = 10.0  # what a label holds for where no trial is marked
# A key says high or low; these stand for it on the scale of 1 to 9, and `text` tells them from
# a rating.
LOW, HIGH = 3.0, 7.0
SCALES = ("valence", "arousal", "dominance", "liking", "familiarity")  # as DEAP has them

Write = Callable[[Annotation], None]
WriteMarker = Callable[[Marker], None]


@dataclass(frozen=True, slots=True)
class Trial:
    """`stop` is None while it runs."""

    number: int
    start: float
    stop: float | None = None


class LabelBook:
    """All that was entered in one session, in order, and the trial that is marked.

    A label holds from the start of the trial to its end (to now, while it runs); where no trial
    was marked, for the last `look_back_s`. `write` takes each entry at once, `write_marker` the
    borders of trials.
    """

    def __init__(self, clock: Clock, write: Write, write_marker: WriteMarker) -> None:
        self.started_at = clock.now()
        self.look_back_s = LOOK_BACK_S
        self.trial: Trial | None = None
        self.write = write
        self._write_marker = write_marker
        self._clock = clock
        self._entered: list[Annotation] = []

    @property
    def valid(self) -> tuple[Annotation, ...]:
        """What holds now, in the order it was entered first."""
        return valid_annotations(self._entered)

    @property
    def is_in_trial(self) -> bool:
        return self.trial is not None and self.trial.stop is None

    def swap_trial(self) -> Trial:
        """Begin a trial, or end the one that runs. A trial that has ended is labelled until
        the next begins."""
        now, trial = self._clock.now(), self.trial
        if trial is None or not self.is_in_trial:
            self.trial = Trial(1 if trial is None else trial.number + 1, now)
            self._write_marker(Marker(now, f"trial {self.trial.number} start"))
        else:
            self.trial = Trial(trial.number, trial.start, now)
            self._write_marker(Marker(now, f"trial {trial.number} end"))
        return self.trial

    def span(self) -> tuple[float, float]:
        """What a label that is entered now holds for."""
        now = self._clock.now()
        if self.trial is None:
            return max(self.started_at, now - self.look_back_s), now
        return self.trial.start, now if self.trial.stop is None else self.trial.stop

    def label(self, valence: float, arousal: float) -> Annotation:
        """Ratings from 1 to 9. Raises ConfigError for others."""
        return self._enter("label", {"valence": valence, "arousal": arousal})

    def label_quadrant(self, quadrant: Quadrant) -> Annotation:
        valence = HIGH if quadrant.high_valence else LOW
        arousal = HIGH if quadrant.high_arousal else LOW
        return self._enter("label", {"valence": valence, "arousal": arousal, "text": quadrant.name})

    def rate(self, scale: str, value: float) -> Annotation:
        """Raises ConfigError for a scale without a name."""
        return self._enter("rating", {"scale": scale.strip(), "value": value})

    def note(self, text: str) -> Annotation:
        """Of this moment, whatever trial is marked."""
        now = self._clock.now()
        return self._add({"kind": "note", "start": now, "stop": now, "text": text.strip()})

    def undo(self) -> Annotation | None:
        """Take back what was entered last; the undo of a correction brings back what it had
        replaced. None where there is nothing."""
        withdrawn = {one.corrects for one in self._entered if one.kind == "withdrawal"}
        standing = [
            one for one in self._entered if one.kind != "withdrawal" and one.id not in withdrawn
        ]
        return self._withdraw(standing[-1]) if standing else None

    def correct(self, old: Annotation, **changes: object) -> Annotation:
        """Say it anew. Raises ConfigError for what is none."""
        values = old.model_dump() | changes
        return self._add(values | {"corrects": old.id})

    def remove(self, old: Annotation) -> Annotation:
        """It does not hold, and neither does what it had corrected."""
        values = old.model_dump() | {"kind": "removal", "corrects": old.id}
        return self._add(values)

    def _enter(self, kind: str, values: dict[str, object]) -> Annotation:
        start, stop = self.span()
        trial = "" if self.trial is None else str(self.trial.number)
        return self._add({"kind": kind, "start": start, "stop": stop, "trial": trial, **values})

    def _withdraw(self, last: Annotation) -> Annotation:
        values = {"kind": "withdrawal", "start": last.start, "stop": last.stop}
        return self._add(values | {"corrects": last.id})

    def _add(self, values: dict[str, object]) -> Annotation:
        own = {"id": uuid.uuid4().hex[:12], "entered": self._clock.now()}
        made = validated(Annotation, values | own, "The label")
        self._entered.append(made)
        self.write(made)
        return made
