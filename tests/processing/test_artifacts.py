"""Blinks and muscles are found in a baseline, named with a reason, and taken out live."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pytest
from scipy import signal

from milmer_live.config import ArtifactSettings, Preprocessing
from milmer_live.errors import ConfigError
from milmer_live.processing.eeg.artifacts import (
    Artifacts,
    ComponentKind,
    fit_artifacts,
)
from milmer_live.processing.eeg.pipeline import EEGPipeline
from milmer_live.samples import MODEL_CHANNELS, EEGInfo, Float32, Float64

RATE = 128.0
INFO = EEGInfo("amp", "a1", MODEL_CHANNELS, RATE)
SETTINGS = ArtifactSettings(baseline_s=30.0, max_iterations=80)
SETTLED = 256


@dataclass(frozen=True)
class Mixture:
    """(n_samples, 32) µV each: what the scalp would show of each kind of source."""

    brain: Float64
    blinks: Float64
    glances: Float64
    muscle: Float64

    @property
    def all(self) -> Float32:
        total = self.brain + self.blinks + self.glances + self.muscle
        return np.asarray(total, dtype=np.float32)


def _sites() -> Float64:
    """(32, 3) electrodes on a sphere of radius 1: x to the right, y to the front, z up."""
    import mne

    montage = mne.channels.make_standard_montage("colin27_1005")
    places = montage.get_positions()["ch_pos"]
    sites = np.array([places[name] for name in MODEL_CHANNELS]) - (0.0, 0.0146, 0.0408)
    return np.asarray(sites / np.linalg.norm(sites, axis=1, keepdims=True), dtype=np.float64)


@lru_cache(maxsize=1)
def mixture(seconds: float = 34.0) -> Mixture:
    rng = np.random.default_rng(7)
    sites, n_samples = _sites(), round(seconds * RATE)
    times = np.arange(n_samples) / RATE

    def field(direction: tuple[float, ...], width: float) -> Float64:
        place = np.array(direction) / np.linalg.norm(direction)
        distance = np.linalg.norm(sites - place, axis=1)
        return np.asarray(np.exp(-((distance / width) ** 2)), dtype=np.float64)

    brain = rng.normal(0, 0.5, (n_samples, 32))
    for _ in range(20):
        x, y, z = rng.normal(size=3)
        course = signal.lfilter([1], [1, -0.97], rng.laplace(size=n_samples))
        brain += np.outer(6 * course / course.std(), field((x, y, abs(z)), 0.7))
    moments = np.arange(2, seconds - 1, 2.7) + rng.uniform(-0.6, 0.6, 12)
    blink = sum(150 * np.exp(-(((times - moment) / 0.09) ** 2)) for moment in moments)
    gaze = 40 * np.sign(np.sin(2 * np.pi * times / 5.3))
    sides = field((0.7, 0.7, -0.3), 0.6) - field((-0.7, 0.7, -0.3), 0.6)
    tension = 25 * (np.sin(2 * np.pi * times / 7) > 0) * rng.laplace(size=n_samples)
    return Mixture(
        brain,
        np.outer(blink, field((0.0, 0.85, -0.5), 0.6)),
        np.outer(gaze, sides),
        np.outer(tension, field(tuple(sites[MODEL_CHANNELS.index("T7")]), 0.4)),
    )


def filtered(eeg: Float64 | Float32) -> Float32:
    return EEGPipeline(INFO, Preprocessing()).process(eeg.astype(np.float32))


@lru_cache(maxsize=1)
def fitted() -> Artifacts:
    return fit_artifacts(filtered(mixture().all)[SETTLED:], RATE, SETTINGS)


def rms(eeg: Float32 | Float64) -> float:
    return float(np.sqrt(np.mean(np.square(eeg[SETTLED:]))))


def test_blink_glance_and_muscle_are_proposed_with_a_reason() -> None:
    found = [fitted().components[index] for index in fitted().proposed]
    by_kind = {component.kind: component for component in found}

    assert set(by_kind) == {
        ComponentKind.BLINK,
        ComponentKind.EYE_MOVEMENT,
        ComponentKind.MUSCLE,
    }
    assert len(found) == 3  # and nothing of the brain
    assert "follows the forehead" in by_kind[ComponentKind.BLINK].reason
    assert "F7 - F8" in by_kind[ComponentKind.EYE_MOVEMENT].reason
    assert "strongest at T7" in by_kind[ComponentKind.MUSCLE].reason
    patterns = {kind: np.abs(component.pattern) for kind, component in by_kind.items()}
    assert MODEL_CHANNELS[patterns[ComponentKind.BLINK].argmax()] in ("Fp1", "Fp2")


def test_the_matrix_takes_the_artifacts_out_and_leaves_the_brain() -> None:
    matrix = fitted().cleaning_matrix()
    parts = mixture()

    for artifact in (parts.blinks, parts.glances, parts.muscle):
        seen = filtered(artifact)
        assert rms(seen @ matrix.T) < 0.1 * rms(seen)
    brain = filtered(parts.brain)
    assert rms(brain @ matrix.T - brain) < 0.3 * rms(brain)


def test_it_is_applied_live() -> None:
    pipeline = EEGPipeline(INFO, Preprocessing())
    data = mixture().all
    pipeline.process(data[:2000])

    pipeline.remove_artifacts(fitted().cleaning_matrix())
    live = np.concatenate([pipeline.process(data[at : at + 13]) for at in range(2000, 3950, 13)])

    expected = (filtered(data) @ fitted().cleaning_matrix().T)[2000:3950]
    np.testing.assert_allclose(live[64:], expected[64:], atol=0.1)


def test_the_user_decides() -> None:
    kept = fitted().with_excluded([])
    one = fitted().with_excluded([fitted().proposed[0]])

    np.testing.assert_array_equal(kept.cleaning_matrix(), np.eye(32))
    assert np.linalg.matrix_rank(one.cleaning_matrix()) == 31
    with pytest.raises(ConfigError, match="no component 99"):
        fitted().with_excluded([99])


def test_nothing_excluded_or_all_explain_the_signal() -> None:
    eeg = filtered(mixture().all)[SETTLED:]
    everything = fitted().with_excluded(range(len(fitted().components)))

    shares = sum(component.share for component in fitted().components)
    assert shares == pytest.approx(1.0, abs=0.02)
    left = eeg @ everything.cleaning_matrix().T
    assert np.std(left) < 0.01 * np.std(eeg)
    courses = fitted().activations(eeg)
    np.testing.assert_allclose(courses.std(axis=0), 1.0, atol=0.01)


def test_a_choice_is_saved_and_read_again() -> None:
    chosen = fitted().with_excluded(fitted().proposed[:2])

    again = Artifacts.from_json(chosen.to_json())

    assert again.excluded == chosen.excluded
    np.testing.assert_array_equal(again.cleaning_matrix(), chosen.cleaning_matrix())
    assert [component.reason for component in again.components] == [
        component.reason for component in chosen.components
    ]


@pytest.mark.parametrize(
    "damage", [lambda text: text[:-40], lambda text: text.replace("Fp1", "Fp9"), lambda _text: "{}"]
)
def test_a_damaged_file_is_refused(damage: Callable[[str], str]) -> None:
    with pytest.raises(ConfigError, match="saved artifact removal"):
        Artifacts.from_json(damage(fitted().to_json()))


def test_interpolated_channels_and_gaps_do_not_disturb_the_fit() -> None:
    few = tuple(name for name in MODEL_CHANNELS if name not in ("Cz", "PO3", "FC6"))
    columns = [MODEL_CHANNELS.index(name) for name in few]
    pipeline = EEGPipeline(EEGInfo("amp", "a1", few, RATE), Preprocessing())
    eeg = pipeline.process(mixture().all[:, columns])[SETTLED:].copy()
    eeg[500:520] = np.nan

    artifacts = fit_artifacts(eeg, RATE, SETTINGS)

    assert len(artifacts.components) == 29
    kinds = {artifacts.components[index].kind for index in artifacts.proposed}
    assert ComponentKind.BLINK in kinds


def test_progress_is_told_and_can_end_the_fit() -> None:
    shares: list[float] = []

    def impatient(share: float) -> None:
        shares.append(share)
        if len(shares) == 10:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        fit_artifacts(filtered(mixture().all)[SETTLED:], RATE, SETTINGS, impatient)
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(10 / SETTINGS.max_iterations)


def test_a_short_baseline_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"20 s of EEG without gaps; 30 s are needed"):
        fit_artifacts(filtered(mixture().all)[: 20 * 128], RATE, SETTINGS)
