"""Judging checkpoints, the report of runs, and ablations."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from rich.console import Console
from training_trials import TINY, make_trials, write_deap_eeg

from milmer_live.cli.training import train as commands_train
from milmer_live.cli.training.ablate import ablate
from milmer_live.cli.training.baselines import baselines
from milmer_live.cli.training.evaluate import evaluate
from milmer_live.cli.training.report import report
from milmer_live.cli.training.train import train
from milmer_live.errors import ConfigError, DatasetError, MilmerError, ModelError
from milmer_live.training.baselines.classifiers import STRENGTHS
from milmer_live.training.evaluate import load_predictions
from milmer_live.training.experiment import make_accelerator, splits_for, train_and_watch
from milmer_live.training.results.ablation import (
    AblationSettings,
    cells,
)
from milmer_live.training.results.report import write_report
from milmer_live.training.run_folder import (
    Run,
    describe,
)
from milmer_live.training.settings import TrainSettings, with_changes
from milmer_live.training.splits.protocols import (
    Fold,
    Splits,
    Unit,
)

BASE = TrainSettings.model_validate(
    {
        "preset": "demo",
        "model": TINY,
        "epochs": 1,
        "batch_size": 16,
        "split": {"folds": 2},
        "optimizer": {"learning_rate": 3e-3},
    }
)

# Small enough that a fold takes a second.
TINY_EEG = """
epochs = 1
batch_size = 32
train_hop_s = 3.0
preset = "demo"
[split]
protocol = "PROTOCOL"
folds = 2
[model]
modalities = "eeg"
d_model = 16
heads = 2
feed_forward = 32
encoder_layers = 1
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """The three protocols on participants with faces; of `trial` only one fold is finished."""
    folder = tmp_path_factory.mktemp("runs")
    trials = make_trials(3, 8)
    accelerator = make_accelerator("float32", "cpu")
    made = {}
    for protocol, folds in (("segment", (0, 1)), ("trial", (1,)), ("subject", (0, 1, 2))):
        settings = with_changes(BASE, {"split.protocol": protocol})
        splits = splits_for(settings, trials)
        run = Run.start(folder / protocol, settings, splits, describe(Path("made <here>"), trials))
        for index in folds:
            train_and_watch(run, index, trials, accelerator, Console(quiet=True))
        made[protocol] = run
    return made


class _Page(HTMLParser):
    """Collects what would be fetched, and checks that tags close."""

    VOID = frozenset(("meta", "br", "img", "link", "input", "hr"))

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.open: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append(tag)
        links = {"src", "href", "xlink:href"}
        self.fetched += [v for k, v in attrs if k in links and v and not v.startswith("#")]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.fixture
def page(runs: dict[str, Run], tmp_path: Path) -> Iterator[_Page]:
    write_report([runs["subject"], runs["segment"], runs["trial"]], tmp_path / "report.html")
    parsed = _Page()
    parsed.feed((tmp_path / "report.html").read_text(encoding="utf-8"))
    yield parsed
    assert not parsed.open


def test_the_report_is_one_file_that_fetches_nothing(page: _Page) -> None:
    assert page.fetched == []


def test_the_report_names_protocols_leakage_participants_and_what_is_missing(page: _Page) -> None:
    text = re.sub(r"\s+", " ", " ".join(page.texts))
    places = [text.index(words) for words in (
        "Segments of one trial are in training and in test",
        "Trials are kept whole",
        "Participants are kept whole",
    )]  # fmt: skip
    assert places == sorted(places), "the paper's protocol first, the strictest last"
    assert re.search(r"Leakage: [+-]\d+\.\d points", text)
    assert "Not finished: 1 of 2 folds (fold 1)" in text
    assert "made <here>: 24 trials of 3 participants" in text
    for words in ("s01", "s03", "mean ± SD", "faces alone", "EEG alone", "ECE", "majority"):
        assert words in text


def test_every_sentence_about_a_result_follows_from_a_test(page: _Page) -> None:
    """Three participants are too few for any difference between networks."""
    text = re.sub(r"\s+", " ", " ".join(page.texts))
    assert text.count("95 % interval") >= 4
    assert "Wilcoxon over participants p = " in text
    assert "too few: it is too narrow" in text
    assert "Whether segments of the tested trials in the training part raise the accuracy" in text
    assert "Which of them is better is not known." in text
    assert "Whether a simple classifier does as well is not known" in text


def test_leakage_is_not_stated_of_runs_that_differ_in_more(
    runs: dict[str, Run], tmp_path: Path
) -> None:
    run = runs["trial"]
    for place, changes in (("a", {"optimizer.learning_rate": 1e-3}), ("b", {"seed": 9})):
        other = with_changes(run.settings, changes)
        folder = tmp_path / place
        Run.start(folder, other, run.splits, run.description.data)
        shutil.copytree(run.path / "fold-01", folder / "fold-01")
        write_report([runs["segment"], Run(folder)], tmp_path / "page.html")
        text = (tmp_path / "page.html").read_text(encoding="utf-8")
        (name,) = changes
        assert f"Leakage is not stated: segment and {place} also differ in {name}." in text
        assert "Leakage:" not in text
    write_report([run, Run(tmp_path / "a")], tmp_path / "page.html")
    page = re.sub(r"\s+", " ", (tmp_path / "page.html").read_text(encoding="utf-8"))
    assert "Run trial against run a, the same 12 trials: +0.0 points" in page
    assert "not known. They differ in optimizer.learning_rate." in page
    write_report([run, Run(tmp_path / "b")], tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<td>trial, b</td><td>0, 9</td>" in page


def test_baselines_are_in_the_same_table(
    runs: dict[str, Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied = tmp_path / "subject"
    shutil.copytree(runs["subject"].path, copied)
    monkeypatch.setattr(commands_train, "load", lambda *_: make_trials(3, 8))
    baselines(copied, device="cpu")
    run = Run(copied)
    tuned = json.loads((copied / "fold-00" / "baselines.json").read_text(encoding="utf-8"))
    assert set(tuned) == {
        "majority",
        "band power",
        "band power below 20 Hz",
        "band power without temporal",
        "face tokens",
    }
    assert tuned["band power"]["tuned"]
    assert tuned["band power"]["strength"] in STRENGTHS
    write_report([run], tmp_path / "page.html")
    text = re.sub(r"\s+", " ", (tmp_path / "page.html").read_text(encoding="utf-8"))
    assert text.index('<td class="left">majority</td>') < text.index("face tokens</td>")
    assert "The network (together) against the baseline band power, the same 24 trials" in text
    monkeypatch.setattr(commands_train, "load", lambda *_: make_trials(3, 4))
    with pytest.raises(ConfigError, match="was made with other data"):
        baselines(copied, device="cpu")


def test_a_report_of_nothing_finished_or_of_no_run_is_refused(
    runs: dict[str, Run], tmp_path: Path
) -> None:
    run = runs["trial"]
    empty = Run.start(tmp_path / "new", run.settings, run.splits, run.description.data)
    with pytest.raises(DatasetError, match="No fold of the run"):
        write_report([empty], tmp_path / "report.html")
    with pytest.raises(DatasetError, match="is not a training run"):
        report([tmp_path])


def test_folds_trained_apart_are_merged_by_the_report(runs: dict[str, Run], tmp_path: Path) -> None:
    run = runs["subject"]
    report([run.path], out=tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    windows = sum(len(load_predictions(run.fold(index).predictions)) for index in run.done)
    assert f"<td>{windows}</td>" in text


def test_damaged_predictions_are_named(runs: dict[str, Run], tmp_path: Path) -> None:
    good = runs["subject"].fold(0).predictions.read_bytes()
    (tmp_path / "cut.npz").write_bytes(good[: len(good) // 2])
    for name in ("cut.npz", "none.npz"):
        with pytest.raises(DatasetError, match="does not hold predictions"):
            load_predictions(tmp_path / name)


# --- on a DEAP tree ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data of two participants, and fold 0 of each protocol trained on it."""
    root = tmp_path_factory.mktemp("deap")
    write_deap_eeg(root / "data", participants=2, trials=4)
    for protocol in ("segment", "trial", "subject"):
        config = root / f"{protocol}.toml"
        config.write_text(TINY_EEG.replace("PROTOCOL", protocol), encoding="utf-8")
        train(config, data=root / "data", name=protocol, runs=root / "runs", fold=0, device="cpu")
    return root


def checkpoint(tree: Path, run: str) -> Path:
    return tree / "runs" / run / "fold-00" / "model.safetensors"


@pytest.mark.parametrize("protocol", ["segment", "trial", "subject"])
def test_evaluate_repeats_what_train_measured_on_the_same_unseen_windows(
    tree: Path, protocol: str, tmp_path: Path
) -> None:
    evaluate(
        checkpoint(tree, protocol), tree / "data", protocol=protocol, save=tmp_path, device="cpu"
    )
    ours = json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))["eeg"]
    theirs = Run(tree / "runs" / protocol).metrics(0).scores["eeg"]
    assert ours == theirs.model_dump(mode="json")


def test_evaluate_refuses_to_call_known_participants_unseen(tree: Path) -> None:
    with pytest.raises(DatasetError, match="learned from every participant of this data"):
        evaluate(checkpoint(tree, "trial"), tree / "data", protocol="subject", device="cpu")
    with pytest.raises(DatasetError, match="learned from every trial of this data"):
        evaluate(checkpoint(tree, "segment"), tree / "data", protocol="trial", device="cpu")


def test_a_copy_of_the_data_is_known_and_other_data_is_not(tree: Path, tmp_path: Path) -> None:
    """By samples and ratings: the same names mean other people in other data."""
    again = write_deap_eeg(tmp_path / "copy", participants=1, trials=4)
    with pytest.raises(DatasetError, match="learned from every participant"):
        evaluate(checkpoint(tree, "trial"), again, protocol="subject", device="cpu")
    other = write_deap_eeg(tmp_path / "other", participants=1, trials=4, shift=0.5, seed=4)
    evaluate(checkpoint(tree, "trial"), other, protocol="subject", device="cpu")


def test_a_renamed_participant_is_known_and_named(
    tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(tree / "data", tmp_path / "renamed")
    python = tmp_path / "renamed" / "data_preprocessed_python"
    (python / "s01.dat").replace(python / "s21.dat")
    (python / "s02.dat").unlink()
    with pytest.raises(DatasetError, match="learned from every participant"):
        evaluate(checkpoint(tree, "trial"), tmp_path / "renamed", protocol="subject", device="cpu")
    assert "trials that it has learned from (" in capsys.readouterr().out


def test_a_run_goes_on_with_the_split_that_it_began_with(tree: Path, tmp_path: Path) -> None:
    """Though this version deals otherwise than the one that began it."""
    old = Run(tree / "runs" / "trial")
    folds = tuple(reversed(old.splits.folds))
    other = old.splits.model_copy(update={"folds": folds})
    Run.start(tmp_path / "old", old.settings, other, old.description.data)
    train(tree / "trial.toml", data=tree / "data", name="old", runs=tmp_path, fold=0, device="cpu")
    assert Run(tmp_path / "old").splits == other
    assert Run(tmp_path / "old").metrics(0).name == folds[0].name


def test_a_split_that_separates_copies_does_not_train(tree: Path, tmp_path: Path) -> None:
    shutil.copytree(tree / "data", tmp_path / "copy")
    python = tmp_path / "copy" / "data_preprocessed_python"
    shutil.copy(python / "s01.dat", python / "s02.dat")
    ratings = tmp_path / "copy" / "metadata_csv" / "participant_ratings.csv"
    ratings.unlink()

    def run(name: str, splits: Path | None) -> None:
        train(tree / "trial.toml", data=tmp_path / "copy", name=name, runs=tmp_path, fold=0,
              splits=splits, device="cpu")  # fmt: skip

    with pytest.raises(DatasetError, match=r"s0./trial0. and s0./trial0. are on two sides"):
        run("loaded", _by_name(tmp_path))
    run("own", None)


def _by_name(folder: Path) -> Path:
    """A split that knows nothing of copies."""
    units = [
        Unit(name=f"s0{who}/trial0{k}", participant=f"s0{who}", trial="", label=k % 2)
        for who in (1, 2)
        for k in (1, 2, 3, 4)
    ]
    halves = (units[:3] + units[7:], units[3:7])
    folds = tuple(
        Fold(
            name=f"half {number}",
            train=tuple(unit.name for unit in learned),
            validation=(),
            test=tuple(unit.name for unit in tested),
        )
        for number, (learned, tested) in enumerate((halves, halves[::-1]))
    )
    Splits(protocol="trial", folds=folds).save(folder / "by-name.json")
    return folder / "by-name.json"


def test_a_moved_checkpoint_needs_its_split_for_segments(tree: Path, tmp_path: Path) -> None:
    for suffix in (".safetensors", ".json"):
        source = checkpoint(tree, "segment").with_suffix(suffix)
        (tmp_path / f"model{suffix}").write_bytes(source.read_bytes())
    alone = tmp_path / "model.safetensors"
    with pytest.raises(DatasetError, match="which ones is not known"):
        evaluate(alone, tree / "data", protocol="segment", device="cpu")
    splits = tree / "runs" / "segment" / "splits.json"
    evaluate(alone, tree / "data", protocol="segment", splits=splits, device="cpu")


def test_evaluate_names_what_is_not_there(tree: Path, tmp_path: Path) -> None:
    good = checkpoint(tree, "trial")
    with pytest.raises(ModelError, match="There is no checkpoint"):
        evaluate(tmp_path / "no.safetensors", tree / "data")
    with pytest.raises(DatasetError):
        evaluate(good, tmp_path)
    with pytest.raises(ConfigError, match="no protocol 'random'"):
        evaluate(good, tree / "data", protocol="random")
    with pytest.raises(ConfigError, match="no device 'gpu7'"):
        evaluate(good, tree / "data", protocol="trial", device="gpu7")


def grid(**axes: list[object]) -> AblationSettings:
    return AblationSettings.model_validate({"base": {"preset": "demo"}, "grid": axes})


def test_a_grid_leaves_out_repeats_and_names_what_cannot_be() -> None:
    wanted, impossible = cells(
        grid(
            selection=["none", "amil", "attention_weighted_topk"],
            top_k=[1, 3, 8],
            bag_size=[5, 10],
            modalities=["both", "eeg"],
        )
    )
    names = [cell.name for cell in wanted]
    assert len(names) == len(set(names)) == 2 + 2 + 2 + 3 + 1
    assert "both-amil-cross_attention-b10" in names
    assert [name for name in names if name.startswith("eeg")] == ["eeg"]
    assert [cell.name for cell in impossible] == [
        "both-attention_weighted_topk-cross_attention-k8-b5"
    ]
    for cell in wanted:
        config = cell.settings(TrainSettings(preset="demo")).network()
        assert (config.modalities, config.fusion) == (cell.modalities, "cross_attention")


def test_a_grid_with_a_frozen_backbone_may_have_cells_without_faces() -> None:
    base = TrainSettings(preset="demo", backbone_weights="x", freeze_backbone=True)
    wanted, _ = cells(grid(modalities=["both", "eeg"]))
    frozen = {cell.modalities: cell.settings(base).freeze_backbone for cell in wanted}
    assert frozen == {"both": True, "eeg": False}


def test_an_empty_or_wrong_grid_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "grid.toml"
    for text in ("[base]\n[grid]\n", "[base]\n[grid]\nfusion = ['glue']\n", "[grid]\ntop_k=[1]\n"):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ConfigError, match=str(path)):
            ablate(path)


def test_ablate_saves_its_table_and_reads_finished_cells_the_second_time(
    tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = TINY_EEG.replace("PROTOCOL", "subject").replace("[split]", "[base.split]")
    base = base.replace("[model]", "[base.model]")
    text = f'folds = [0]\n[grid]\nmodalities = ["eeg"]\ntop_k = [1, 3]\n[base]\n{base}'
    (tmp_path / "grid.toml").write_text(text, encoding="utf-8")
    ablate(tmp_path / "grid.toml", data=tree / "data", out=tmp_path / "out", device="cpu")
    ablate(tmp_path / "grid.toml", data=tree / "data", out=tmp_path / "out", device="cpu")
    assert "is done already" in capsys.readouterr().out
    with (tmp_path / "out" / "ablation.csv").open(encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert (row["modalities"], row["top_k"], row["folds"]) == ("eeg", "–", "1")
    assert 0 <= float(row["accuracy"]) <= 1
    lines = (tmp_path / "out" / "ablation.md").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("Protocol subject; data.")
    assert len(lines[2].split("|")) == len(lines[4].split("|"))


def test_every_refusal_has_a_next_step(tree: Path) -> None:
    with pytest.raises(MilmerError) as caught:
        evaluate(checkpoint(tree, "trial"), tree / "data", protocol="subject", device="cpu")
    assert caught.value.hint
