"""DEAP's original recordings: BDF at 512 Hz, trials by status code, channels by name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from bdf_files import RATE, write_bdf
from deap_tree import rating_rows
from numpy.typing import NDArray

from milmer_live.errors import DatasetError
from milmer_live.samples import MODEL_CHANNELS, Float64
from milmer_live.storage.dataset import Dataset, open_dataset
from milmer_live.storage.deap.layout import video_path
from milmer_live.storage.deap.writer import write_ratings

TWENTE = [
    "Fp1", "AF3", "F7", "F3", "FC1", "FC5", "T7", "C3", "CP1", "CP5", "P7", "P3", "Pz", "PO3",
    "O1", "Oz", "O2", "PO4", "P4", "P8", "CP6", "CP2", "C4", "T8", "FC6", "FC2", "F4", "F8",
    "AF4", "Fp2", "Fz", "Cz",
]  # fmt: skip
STARTS_S = (8, 80)  # of the two trials, in order of presentation
LENGTH_S = 146
UPPER_BITS = 0x18FF00  # that Geneva's recordings have set


def codes(*events: tuple[float, int]) -> NDArray[np.int64]:
    """A status channel that holds each code for a tenth of a second."""
    status = np.zeros(LENGTH_S * RATE, dtype=np.int64)
    for second, code in events:
        first = round(second * RATE)
        status[first : first + RATE // 10] = code
    return status


def two_trials(*more: tuple[float, int]) -> NDArray[np.int64]:
    cross = [(start - 5.0, 3) for start in STARTS_S]
    begin = [(float(start), 4) for start in STARTS_S]
    end = [(start + 60.0, 5) for start in STARTS_S]
    return codes((0.5, 1), (1.5, 2), *cross, *begin, *end, (145, 7), *more)


def signals(names: tuple[str, ...] | list[str]) -> Float64:
    """(n_channels, n_samples) µV: each named channel has an amplitude and an offset of its
    own; the frequency is 10 Hz until the second trial comes near, then 20 Hz."""
    seconds = np.arange(LENGTH_S * RATE) / RATE
    frequency = np.where(seconds < 72, 10.0, 20.0)
    wave = np.sin(2 * np.pi * frequency * seconds)
    place = np.array([MODEL_CHANNELS.index(name) for name in names])[:, np.newaxis]
    return np.asarray((10 + place) * wave + 500 * place)


@pytest.fixture
def deap(tmp_path: Path) -> Path:
    """The ratings of two trials; the second music video was shown first."""
    rows = [row for row in rating_rows(1) if row.trial in (4, 5)]
    assert [(row.trial, row.experiment_id) for row in rows] == [(4, 1), (5, 2)]
    shown = {1: 2, 2: 1}
    write_ratings(tmp_path, [replace(row, trial=shown[row.experiment_id]) for row in rows])
    return tmp_path


def opened(deap: Path) -> Dataset:
    return open_dataset(deap, variant="original")


def expected(start_s: int) -> Float64:
    """(8064, 32) µV of the trial that starts there, by plain sums."""
    every_fourth = slice((start_s - 3) * RATE, (start_s + 60) * RATE, 4)
    reference = signals(list(MODEL_CHANNELS))[:, every_fourth].T
    reference = reference - reference.mean(axis=1, keepdims=True)
    return np.asarray(reference - reference.mean(axis=0))


@pytest.mark.parametrize(
    ("names", "status_names", "upper"),
    [
        (TWENTE, ("Status",), 0),
        (list(MODEL_CHANNELS), ("",), UPPER_BITS),
        (list(MODEL_CHANNELS), ("", ""), UPPER_BITS),
    ],
    ids=["Twente", "Geneva", "Geneva with an unnamed channel more"],
)
def test_both_places_give_the_same_recording(
    deap: Path, names: list[str], status_names: tuple[str, ...], upper: int
) -> None:
    path = deap / "data_original" / "s01.bdf"
    write_bdf(path, names, signals(names), two_trials() | upper, status_names)
    assert b"Fp1             " in path.read_bytes()[:1000]  # names come with trailing spaces
    first, second = (ref.open() for ref in opened(deap).refs)
    assert first.info.channel_names == MODEL_CHANNELS
    assert first.info.sample_rate == 128
    assert (first.name, first.eeg.shape) == ("s01/trial01", (8064, 32))
    assert first.eeg.dtype == np.float32
    assert (first.labels[0].start, first.labels[0].valence) == (3.0, 7.5)
    for recording, start_s in ((first, STARTS_S[1]), (second, STARTS_S[0])):
        inside = slice(32, -32)  # the resampler's filter looks 0.1 s around
        np.testing.assert_allclose(recording.eeg[inside], expected(start_s)[inside], atol=0.05)


def test_what_is_above_half_the_new_rate_does_not_fold_back(deap: Path) -> None:
    eeg = signals(TWENTE)
    eeg[3] += 50 * np.sin(2 * np.pi * 100 * np.arange(eeg.shape[1]) / RATE)
    write_bdf(deap / "data_original" / "s01.bdf", TWENTE, eeg, two_trials())
    recording = opened(deap).refs[0].open()
    spectrum = np.abs(np.fft.rfft(recording.eeg[:8064, 2])) * 2 / 8064
    folded = (128 - 100) * 63
    assert spectrum[folded - 2 : folded + 3].max() < 0.05


def test_a_start_without_its_end_is_no_trial(deap: Path) -> None:
    """Geneva's recordings begin with an exercise, shorter than a minute."""
    status = two_trials((72.0, 4), (74.0, 5))
    write_bdf(deap / "data_original" / "s01.bdf", TWENTE, signals(TWENTE), status)
    np.testing.assert_allclose(
        opened(deap).refs[1].open().eeg[32:-32], expected(STARTS_S[0])[32:-32], atol=0.05
    )


def test_trials_that_cannot_be_told_apart_are_refused(deap: Path) -> None:
    status = codes((8, 4), (68, 5), (80, 4))
    write_bdf(deap / "data_original" / "s01.bdf", TWENTE, signals(TWENTE), status)
    with pytest.raises(DatasetError, match="1 whole trials, but the ratings say 2"):
        opened(deap).refs[0].open()
    assert len(opened(deap).check("s01")) == 1


def test_a_recording_without_its_ratings_is_of_no_use(deap: Path) -> None:
    for name in ("s01", "s02"):
        write_bdf(deap / "data_original" / f"{name}.bdf", TWENTE, signals(TWENTE), two_trials())
    dataset = opened(deap)
    assert {ref.participant for ref in dataset.refs} == {"s01"}
    assert "s02.bdf cannot be used" in dataset.summary().problems[0]


def test_videos_are_found_as_with_the_other_forms(deap: Path) -> None:
    write_bdf(deap / "data_original" / "s01.bdf", TWENTE, signals(TWENTE), two_trials())
    video = video_path(deap, 1, 1)
    video.parent.mkdir(parents=True)
    video.touch()
    assert [ref.video for ref in opened(deap).refs] == [None, video]


def test_a_missing_channel_is_named(deap: Path) -> None:
    names = [name for name in TWENTE if name != "Cz"]
    write_bdf(deap / "data_original" / "s01.bdf", names, signals(names), two_trials())
    with pytest.raises(DatasetError, match=r"s01\.bdf.*Cz"):
        opened(deap).refs[0].open()


@pytest.mark.parametrize("length", [0, 100, 5_000, 3_000_000])
def test_a_truncated_bdf_is_refused(deap: Path, length: int) -> None:
    path = write_bdf(deap / "data_original" / "s01.bdf", TWENTE, signals(TWENTE), two_trials())
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(DatasetError, match=r"damaged|cut short"):
        opened(deap).refs[0].open()
