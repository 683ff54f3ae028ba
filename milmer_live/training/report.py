"""Finished runs as one self-contained page: the three protocols side by side, honestly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import mean, stdev

import jinja2
from markupsafe import Markup

from milmer_live.errors import DatasetError
from milmer_live.samples import Quadrant
from milmer_live.training import figures
from milmer_live.training.evaluate import Predictions, load_predictions, merge, scores
from milmer_live.training.metrics import Scores
from milmer_live.training.runs import Run
from milmer_live.training.settings import Protocol, TrainSettings
from milmer_live.training.splits import SEGMENT_MARK

PROTOCOLS: Mapping[Protocol, str] = {
    "segment": "Segments of one trial are in training and in test. This is the paper's protocol; "
    "it measures how well a trial is recognised again, not how well a feeling is.",
    "trial": "Trials are kept whole: nothing of a tested trial was learned from. The tested "
    "participants are known from their other trials.",
    "subject": "Participants are kept whole: the network has never seen the people it is tested "
    "on. This is what a new user of the program may expect.",
}


@dataclass(frozen=True, slots=True)
class Spread:
    """Over participants (or folds)."""

    mean: float
    deviation: float
    lowest: float
    highest: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        deviation = stdev(values) if len(values) > 1 else 0.0
        return cls(mean(values), deviation, min(values), max(values))


@dataclass(frozen=True, slots=True)
class Section:
    """One run as the page shows it."""

    title: str
    protocol: Protocol
    explanation: str
    data: str
    classes: Mapping[str, int]
    settings: TrainSettings
    tested: Sequence[str]
    missing: Sequence[str]
    scores: Mapping[str, Scores]
    spread: Mapping[str, Spread]
    parameters: int
    minutes: float
    curves: Markup
    reliability: Markup
    modalities: Markup

    @property
    def main(self) -> Scores:
        """With all that the network can use."""
        return next(iter(self.scores.values()))

    @property
    def main_name(self) -> str:
        return figures.MODALITY_NAMES[next(iter(self.scores))]


@dataclass(frozen=True, slots=True)
class Leakage:
    """How much of the segment protocol's accuracy comes from knowing the trial."""

    segment: float
    trial: float

    @property
    def gap(self) -> float:
        return self.segment - self.trial


def write_report(runs: Sequence[Run], path: Path, title: str = "Milmer") -> None:
    """One HTML file with nothing beside it. Raises DatasetError when no fold is finished."""
    order = list(PROTOCOLS)
    sections = [_section(run) for run in runs]
    sections.sort(key=lambda section: order.index(section.protocol))
    page = _template().render(
        title=title,
        made=datetime.now().astimezone().strftime("%d %B %Y, %H:%M"),
        sections=sections,
        overview=Markup(figures.protocol_bars(_overview(sections))),
        leakage=leakage(sections),
        quadrants=[quadrant.name for quadrant in Quadrant],
        names=figures.MODALITY_NAMES,
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise DatasetError(f"The report {path} cannot be written: {error.strerror}.") from error


def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("milmer_live.training", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["percent"] = lambda share: f"{100 * share:.1f}"
    return environment.get_template("report.html.jinja")


def merged(run: Run) -> Predictions:
    """The predictions of all finished folds, each divided by its fold's temperature."""
    return merge(
        [
            load_predictions(run.fold(index).predictions).cooled(run.metrics(index).temperature)
            for index in run.done
        ]
    )


def _section(run: Run) -> Section:
    if not run.done:
        raise DatasetError(
            f"No fold of the run {run.path} is finished.", "Run `milmer-live train` to its end."
        )
    found = scores(merged(run))
    by_person = {
        name: [one.accuracy for one in table.participants.values()] for name, table in found.items()
    }
    main = next(iter(found.values()))
    metrics = [run.metrics(index) for index in run.done]
    protocol = run.splits.protocol
    return Section(
        title=run.name,
        protocol=protocol,
        explanation=PROTOCOLS[protocol],
        data=str(run.description.data),
        classes=dict(zip((q.name for q in Quadrant), run.description.data.classes, strict=True)),
        settings=run.settings,
        tested=[_tested(run, index) for index in run.done],
        missing=[fold.name for i, fold in enumerate(run.splits.folds) if i not in run.done],
        scores=found,
        spread={name: Spread.of(values) for name, values in by_person.items()},
        parameters=metrics[0].parameters,
        minutes=sum(one.seconds for one in metrics) / 60,
        curves=Markup(figures.learning_curves([run.history(i).epochs for i in run.done])),
        reliability=Markup(figures.reliability_diagram(main.reliability, main.ece)),
        modalities=Markup(figures.modality_bars(by_person)),
    )


def _tested(run: Run, index: int) -> str:
    fold = run.splits.folds[index]
    kind = "segments" if SEGMENT_MARK in fold.test[0] else "trials"
    return f"{fold.name} ({len(fold.test)} {kind})"


def _overview(sections: Sequence[Section]) -> dict[str, dict[str, float]]:
    """Accuracy by bar group; runs of one protocol are told apart by their name."""
    protocols = [section.protocol for section in sections]
    return {
        section.protocol
        if protocols.count(section.protocol) == 1
        else f"{section.protocol}\n{section.title}": {
            name: found.accuracy for name, found in section.scores.items()
        }
        for section in sections
    }


def leakage(sections: Sequence[Section]) -> Leakage | None:
    """Between the first run of each of the two protocols, where both are there."""
    first = {section.protocol: section.main.accuracy for section in reversed(sections)}
    if "segment" not in first or "trial" not in first:
        return None
    return Leakage(first["segment"], first["trial"])
