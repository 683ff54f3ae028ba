"""Finished runs as one self-contained page: the protocols side by side, honestly."""

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
from milmer_live.training.evaluate import (
    Predictions,
    answers,
    by_trial,
    load_predictions,
    merge,
    scores,
)
from milmer_live.training.results import figures
from milmer_live.training.results.comparisons import (
    between_runs,
    leakage,
    seeds,
    stimulus_gap,
)
from milmer_live.training.results.metrics import Scores
from milmer_live.training.results.statistics import (
    Answers,
    Comparison,
    Standing,
    compare,
    halves,
    standing,
)
from milmer_live.training.results.verdicts import (
    comparison_sentence,
    p_words,
    standing_sentence,
)
from milmer_live.training.run_folder import Run
from milmer_live.training.settings import Protocol, TrainSettings
from milmer_live.training.splits.protocols import (
    SEGMENT_MARK,
    validation_people,
)

PROTOCOLS: Mapping[Protocol, str] = {
    "segment": "Segments of one trial are in training and in test. This is the paper's protocol; "
    "an answer may come from recognising the trial again.",
    "trial": "Trials are kept whole: nothing of a tested trial was learned from. The tested "
    "participants are known from their other trials.",
    "subject": "Participants are kept whole: the network has never seen the people it is tested "
    "on. Where all saw the same clips, an answer may come from recognising the clip.",
    "subject+stimulus": "Participants and clips are kept whole: the network has seen neither the "
    "people it is tested on, nor the clips, shown to anybody.",
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
class Baseline:
    """A simple classifier in the splits of a run, over trials; `against` compares the network."""

    name: str
    scores: Scores
    standing: Standing
    against: Comparison | None


@dataclass(frozen=True, slots=True)
class Section:
    """One run as the page shows it. `scores` are over windows, `trials` over trials."""

    title: str
    protocol: Protocol
    explanation: str
    data: str
    classes: Mapping[str, int]
    settings: TrainSettings
    tested: Sequence[str]
    missing: Sequence[str]
    scores: Mapping[str, Scores]
    trials: Mapping[str, Scores]
    standings: Mapping[str, Standing]
    sentences: Sequence[str]
    baselines: Sequence[Baseline]
    notes: Sequence[str]
    spread: Mapping[str, Spread]
    parameters: int
    minutes: float
    curves: Markup
    reliability: Markup
    modalities: Markup

    @property
    def main(self) -> Scores:
        """Over windows, with all that the network can use."""
        return next(iter(self.scores.values()))

    @property
    def main_trials(self) -> Scores:
        return next(iter(self.trials.values()))

    @property
    def main_standing(self) -> Standing:
        return next(iter(self.standings.values()))

    @property
    def main_name(self) -> str:
        return figures.MODALITY_NAMES[next(iter(self.scores))]


def write_report(runs: Sequence[Run], path: Path, title: str = "Milmer") -> None:
    """One HTML file with nothing beside it. Raises DatasetError when no fold is finished."""
    order = list(PROTOCOLS)
    runs = sorted(runs, key=lambda run: order.index(run.splits.protocol))
    answered = {str(run.path): merged(run) for run in runs}
    sections = [_section(run, answered[str(run.path)]) for run in runs]
    page = _template().render(
        title=title,
        made=datetime.now().astimezone().strftime("%d %B %Y, %H:%M"),
        sections=sections,
        overview=Markup(figures.protocol_bars(_overview(sections))),
        findings=[
            *leakage(runs, answered),
            *stimulus_gap(runs, answered),
            *between_runs(runs, answered),
        ],
        seeds=seeds(runs, answered),
        p=p_words,
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
        loader=jinja2.PackageLoader("milmer_live.training.results", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["percent"] = lambda share: f"{100 * share:.1f}"
    return environment.get_template("report.html.jinja")


def merged(run: Run) -> Predictions:
    """The predictions of all finished folds, each divided by its fold's temperature. Raises
    DatasetError when no fold is finished."""
    if not run.done:
        raise DatasetError(
            f"No fold of the run {run.path} is finished.", "Run `milmer-live train` to its end."
        )
    return merge(
        [
            load_predictions(run.fold(index).predictions).cooled(run.metrics(index).temperature)
            for index in run.done
        ]
    )


def _section(run: Run, predictions: Predictions) -> Section:
    found, voted = scores(predictions), by_trial(predictions)
    over_trials = scores(voted)
    standings = {name: standing(answers(voted, name)) for name in over_trials}
    baselines = _baselines(run, voted)
    by_person = {
        name: [one.accuracy for one in table.participants.values()]
        for name, table in over_trials.items()
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
        trials=over_trials,
        standings=standings,
        sentences=_sentences(voted, standings, baselines),
        baselines=baselines,
        notes=run.description.data.notes,
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
    people = validation_people(fold)
    by = f", chosen on {' '.join(people)}" if people else ""
    found = "".join(f", {name} = {value}" for name, value in run.metrics(index).chosen.items())
    return f"{fold.name} ({len(fold.test)} {kind}{by}{found})"


def _sentences(
    voted: Predictions, standings: Mapping[str, Standing], baselines: Sequence[Baseline]
) -> list[str]:
    """What the tests say of a run: against chance, of the modalities, against the baselines."""
    names = figures.MODALITY_NAMES
    said = [standing_sentence(_capital(names[name]), one) for name, one in standings.items()]
    main, *others = standings
    for half, one in binary_standings(answers(voted, main)).items():
        said.append(standing_sentence(f"{half} high or low, {names[main]}", one))
    for other in others:
        found = compare(answers(voted, main), answers(voted, other))
        if found is not None:
            said.append(comparison_sentence(names[main], names[other], found))
    said += [
        comparison_sentence(f"the network ({names[main]})", f"the baseline {one.name}", one.against)
        for one in baselines
        if one.against is not None
    ]
    return said


def binary_standings(given: Answers) -> dict[str, Standing]:
    """Of valence and of arousal: whether the quadrant that is answered has the right one."""
    kinds = {
        "Valence": [quadrant.high_valence for quadrant in Quadrant],
        "Arousal": [quadrant.high_arousal for quadrant in Quadrant],
    }
    return {name: standing(halves(given, high)) for name, high in kinds.items()}


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _baselines(run: Run, voted: Predictions) -> list[Baseline]:
    """Those that all finished folds have; none where `milmer-live baselines` was not run since."""
    files = [run.fold(index).baselines for index in run.done]
    if not all(file.is_file() for file in files):
        return []
    simple = by_trial(merge([load_predictions(file) for file in files]))
    table, main = scores(simple), answers(voted, next(iter(voted.logits)))
    return [
        Baseline(
            name=name,
            scores=found,
            standing=standing(answers(simple, name)),
            against=compare(main, answers(simple, name)),
        )
        for name, found in table.items()
    ]


def _overview(sections: Sequence[Section]) -> dict[str, dict[str, float]]:
    """Accuracy over trials by bar group; runs of one protocol are told apart by their name."""
    protocols = [section.protocol for section in sections]
    return {
        section.protocol
        if protocols.count(section.protocol) == 1
        else f"{section.protocol}\n{section.title}": {
            name: found.accuracy for name, found in section.trials.items()
        }
        for section in sections
    }
