"""Simple classifiers: what they find, and that they are fitted inside the training part."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from training_trials import TINY, make_trials

from milmer_live.config import WindowSettings
from milmer_live.model.config import MilmerConfig
from milmer_live.model.network import Milmer
from milmer_live.samples import MODEL_CHANNELS
from milmer_live.training.baselines import convnets
from milmer_live.training.baselines.band_power import (
    BANDS,
    BELOW_20_HZ,
    NOT_TEMPORAL,
    TEMPORAL,
    band_powers,
)
from milmer_live.training.baselines.classifiers import (
    BAND_POWER,
    BELOW_20,
    FACE_TOKENS,
    MAJORITY,
    STRENGTHS,
    MeanTokens,
    majority,
    regression,
    run_baselines,
)
from milmer_live.training.baselines.convnets import (
    CONVNETS,
    EEGNET,
    EEGNet,
    ShallowConvNet,
    fit_convnet,
)
from milmer_live.training.data.dataset import (
    NO_FACE,
    Parts,
    TrialSet,
    parts,
)
from milmer_live.training.evaluate import by_trial, scores
from milmer_live.training.settings import Protocol, SplitSettings
from milmer_live.training.splits.protocols import make_splits


@pytest.fixture(scope="module")
def trials() -> TrialSet:
    return make_trials(4, 8)


def parts_of(trials: TrialSet, protocol: Protocol, validation: float = 0.3) -> Parts:
    settings = SplitSettings(protocol=protocol, folds=4, validation=validation)
    fold = make_splits(trials.units(protocol, 3.0), settings).folds[0]
    return parts(trials, fold, 3.0, 3.0)


def test_a_wave_is_in_the_band_of_its_frequency(trials: TrialSet) -> None:
    """6, 10, 16 and 26 Hz by class, in noise."""
    samples = trials.samples(3.0)
    powers = band_powers(trials, samples).reshape(len(samples), 32, len(BANDS))
    assert np.allclose(np.exp(powers).sum(axis=2), 1.0)
    strongest = powers.mean(axis=1).argmax(axis=1)
    wanted = np.array([list(BANDS).index(b) for b in ("theta", "alpha", "low beta", "high beta")])
    assert (strongest == wanted[trials.labels(samples)]).all()


def test_the_muscle_controls_have_no_band_above_20_hz_and_no_temporal_channel(
    trials: TrialSet,
) -> None:
    assert max(high for _, high in BELOW_20_HZ.values()) == 20
    assert set(TEMPORAL) <= set(MODEL_CHANNELS)
    assert len(NOT_TEMPORAL) == 26
    samples = trials.samples(3.0)
    loud = [replace(one, eeg=one.eeg.copy()) for one in trials.trials]
    for one in loud:
        one.eeg[[MODEL_CHANNELS.index(name) for name in TEMPORAL]] *= 0
    changed = TrialSet(loud, trials.settings)
    ours, theirs = (band_powers(t, samples, BANDS, NOT_TEMPORAL) for t in (trials, changed))
    assert np.array_equal(ours, theirs)
    assert np.isfinite(band_powers(changed, samples)).all(), "a silent channel, too"


@pytest.mark.parametrize("protocol", ["trial", "subject"])
def test_they_find_what_is_in_the_data(trials: TrialSet, protocol: Protocol) -> None:
    torch.manual_seed(0)
    network = Milmer(MilmerConfig(**TINY)).eval()
    found = run_baselines(trials, parts_of(trials, protocol), network)
    table = scores(by_trial(found.predictions))
    assert table[BAND_POWER].accuracy == 1.0
    assert table[FACE_TOKENS].accuracy == 1.0, "the class is a colour"
    assert table[BELOW_20].accuracy >= 0.7
    assert table[MAJORITY].accuracy <= 0.5


@pytest.mark.timeout(300)  # some seconds of processor, on a machine that may be busy
def test_eegnet_learns_and_its_round_is_chosen_on_the_validation_part(
    trials: TrialSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Waves of one phase, which a few steps find, in windows of one second."""
    monkeypatch.setattr(convnets, "ROUND_STEPS", 5)
    monkeypatch.setattr(convnets, "MOST_ROUNDS", 6)
    times = np.arange(1920) / 128
    waves = [30 * np.sin(2 * np.pi * hz * times) for hz in (4, 6, 10, 16)]
    loud = [replace(t, eeg=(t.eeg + waves[t.label]).astype(np.float32)) for t in trials.trials]
    clear = TrialSet(loud, WindowSettings(length_s=1.0))
    windows = parts_of(clear, "trial")
    found = fit_convnet(EEGNET, clear, windows, seed=1, device="cpu")
    right = found.log_probabilities.argmax(axis=1) == clear.labels(windows.test)
    assert right.mean() > 0.6
    assert (found.tuned, 1 <= found.rounds <= 6) == (True, True)


@pytest.mark.parametrize("name", CONVNETS)
def test_a_convnet_without_a_validation_part_trains_for_a_fixed_time(
    trials: TrialSet, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(convnets, "UNTUNED_ROUNDS", 2)
    monkeypatch.setattr(convnets, "ROUND_STEPS", 2)
    short = TrialSet(trials.trials, WindowSettings(length_s=1.0))
    windows = parts_of(short, "trial", 0.0)
    first, again = (fit_convnet(name, short, windows, seed=1, device="cpu") for _ in range(2))
    assert (first.rounds, first.tuned) == (2, False)
    assert np.allclose(np.exp(first.log_probabilities).sum(axis=1), 1, atol=1e-5)
    assert np.array_equal(first.log_probabilities, again.log_probabilities), "the seed decides"


def test_eegnet_has_the_papers_size_and_limits() -> None:
    """Its paper counts 16 spatial filters, and fewer than 3,000 weights for few classes."""
    network = EEGNet(32, 384)
    sizes = {name: p.numel() for name, p in network.named_parameters() if p.ndim > 1}
    assert sum(sizes.values()) == 8 * 64 + 16 * 32 + 16 * 16 + 16 * 16 + 16 * 12 * 4
    with torch.no_grad():
        network.spatial.weight.mul_(50)
        network.answer.weight.mul_(50)
    network.limit_norms()
    assert network.spatial.weight.detach().flatten(1).norm(dim=1).max().item() <= 1.0001
    assert network.answer.weight.detach().norm(dim=1).max().item() <= 0.2501
    assert ShallowConvNet(32, 384)(torch.randn(3, 32, 384)).shape == (3, 4)


def test_the_regression_is_scikit_learns_at_the_best_strength_on_the_validation_part(
    trials: TrialSet,
) -> None:
    noisy = TrialSet(
        [
            replace(
                one,
                eeg=(one.eeg + np.random.default_rng(n).normal(0, 60, one.eeg.shape)).astype(
                    np.float32
                ),
            )
            for n, one in enumerate(trials.trials)
        ],
        trials.settings,
    )
    windows = parts_of(noisy, "subject")
    given, tuned = regression(noisy, windows, lambda samples: band_powers(noisy, samples))
    train, validation, test = (
        (band_powers(noisy, part), noisy.labels(part))
        for part in (windows.train, windows.validation, windows.test)
    )
    scaler = StandardScaler().fit(train[0])
    models = {
        strength: LogisticRegression(C=strength, max_iter=5000).fit(
            scaler.transform(train[0]), train[1]
        )
        for strength in STRENGTHS
    }
    losses = {
        strength: -np.log(
            model.predict_proba(scaler.transform(validation[0]))[
                np.arange(len(validation[1])), validation[1]
            ]
        ).mean()
        for strength, model in models.items()
    }
    best = min(losses, key=lambda strength: losses[strength])
    assert (tuned.strength, tuned.tuned) == (best, True)
    expected = models[best].predict_proba(scaler.transform(test[0]))
    assert np.allclose(np.exp(given), expected, atol=1e-4)


def test_without_a_validation_part_nothing_is_tuned(trials: TrialSet) -> None:
    _, tuned = regression(
        trials, parts_of(trials, "subject", 0.0), lambda samples: band_powers(trials, samples)
    )
    assert (tuned.strength, tuned.tuned) == (1.0, False)


def test_the_majority_is_a_known_participants_own_and_a_new_ones_everybodys(
    trials: TrialSet,
) -> None:
    """s01 feels 3 most often, the others 1."""
    often = [
        replace(one, label=(3 if one.participant == "s01" else 1) if n % 4 else 0)
        for n, one in enumerate(trials.trials)
    ]
    changed = TrialSet(often, trials.settings)
    known, new = (parts_of(changed, protocol) for protocol in ("trial", "subject"))
    for windows, own in ((known, 3), (new, 1)):
        answers = majority(changed, windows)[0].argmax(axis=1)
        mine = np.array(changed.names(windows.test)[0]) == "s01"
        assert set(answers[mine].tolist()) == {own}


def test_face_features_are_the_mean_token_of_the_faces_in_the_bag(trials: TrialSet) -> None:
    torch.manual_seed(1)
    network = Milmer(MilmerConfig(**TINY)).eval()
    samples = trials.samples(3.0)[:3]
    given = MeanTokens(trials, network)(samples)
    for row, (trial, start) in enumerate(zip(samples.trial, samples.start, strict=True)):
        bag = trials.bag(int(trial), int(start))
        faces = trials.trials[int(trial)].faces
        assert faces is not None
        images = torch.from_numpy(faces.images[bag[bag != NO_FACE]]).permute(0, 3, 1, 2)
        with torch.no_grad():
            expected = network.faces.backbone(images).mean(dim=(0, 1))
        assert np.allclose(given[row], expected.numpy(), atol=1e-5)


def test_a_class_that_training_lacks_and_windows_without_a_face_do_no_harm() -> None:
    trials = make_trials(2, 4)
    three = TrialSet([t for t in trials.trials if t.label != 2 or t.participant == "s01"],
                     trials.settings)  # fmt: skip
    blind = [replace(t, faces=None) if t.name == "s01/trial01" else t for t in three.trials]
    network = Milmer(MilmerConfig(**TINY)).eval()
    mixed = TrialSet(blind, trials.settings)
    found = run_baselines(mixed, parts_of(mixed, "subject", 0.0), network)
    assert all(np.isfinite(logits).all() for logits in found.predictions.logits.values())
    assert scores(by_trial(found.predictions))[FACE_TOKENS].count == 3
