"""Training windows are the live ones, and batches hold what was asked for."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from training_trials import TINY, make_trials

from milmer_live.errors import DatasetError
from milmer_live.model.config import MilmerConfig
from milmer_live.processing.windows import WindowPlanner
from milmer_live.samples import FaceBox, FaceCrop
from milmer_live.training.data.augment import (
    colour_faces,
    place_faces,
)
from milmer_live.training.data.batches import (
    Batch,
    Collate,
    Loader,
    epoch_order,
    in_steps,
)
from milmer_live.training.data.dataset import (
    NO_FACE,
    Samples,
    Trial,
    TrialSet,
    load_trials,
)
from milmer_live.training.settings import AugmentSettings

CONFIG = MilmerConfig(**TINY)
EVERYTHING = AugmentSettings(
    channel_dropout=0.2,
    time_shift_s=0.5,
    crop_jitter=0.1,
    flip=0.5,
    colour=0.3,
    face_dropout=0.3,
    modality_dropout=0.5,
)


def faces_by_slot(trial: Trial) -> dict[int, FaceCrop]:
    """As the live engine keeps them."""
    assert trial.faces is not None
    return {
        int(slot): FaceCrop(image, FaceBox(0, 0, 1, 1, 1.0), float(time), row)
        for row, (slot, image, time) in enumerate(
            zip(trial.faces.slots, trial.faces.images, trial.faces.times, strict=True)
        )
    }


def test_a_training_window_equals_the_one_that_the_live_planner_assembles() -> None:
    trials = make_trials(1, 2)
    planner = WindowPlanner(trials.settings)
    collate = Collate(trials, CONFIG, None)
    for number, trial in enumerate(trials.trials):
        samples = trials.samples(0.5, [trial.name])
        first = planner.settings.hop_samples
        assert [start // first for start in samples.start.tolist()] == list(range(6, 25))
        batch = collate(samples)
        for row, start in enumerate(samples.start.tolist()):
            stop = start + planner.settings.n_times
            live = planner.assemble(start // first, trial.eeg.T[start:stop], faces_by_slot(trial))
            assert np.array_equal(batch.eeg[row].numpy(), live.eeg)
            assert np.array_equal(batch.faces_valid[row].numpy(), live.faces_valid)
            for slot, face in enumerate(live.faces):
                if face is not None:
                    mine = batch.images[batch.slots[row, slot]].numpy()
                    assert np.array_equal(mine, face.image)
        assert (batch.labels == trial.label).all(), number


def test_a_face_behind_the_end_of_the_window_is_left_out_as_live() -> None:
    """Windows between the marks of the face grid: the last slot ends behind the window."""
    trials = make_trials(1, 1)
    (trial,) = trials.trials
    assert trial.faces is not None
    trial.faces.times[:] += 0.28  # as late in their slots as can be
    fine = trials.settings.model_copy(update={"hop_s": 1 / 128})
    planner = WindowPlanner(fine)
    found = 0
    for start in range(384, 1400, 37):
        live = planner.assemble(start, trial.eeg.T[start : start + 384], faces_by_slot(trial))
        mine = trials.bag(0, start)
        assert ((mine != NO_FACE) == live.faces_valid).all()
        found += int((mine == NO_FACE).sum())
    assert found > 0


def test_windows_lie_inside_the_stimulus_and_segments_do_not_overlap() -> None:
    trials = make_trials(2, 4)
    samples = trials.samples(3.0)
    assert samples.start.tolist() == [384, 768, 1152, 1536] * 8
    units = trials.units("segment", 3.0)
    assert [unit.name for unit in units[:4]] == [f"s01/trial01#{k}" for k in (1, 2, 3, 4)]
    chosen = trials.select(["s02/trial02#3", "s01/trial01#1"], 3.0)
    assert (chosen.trial.tolist(), chosen.start.tolist()) == ([0, 5], [384, 1152])


def test_a_split_of_other_data_is_refused() -> None:
    trials = make_trials(1, 2)
    for unit in ("s09/trial01", "s01/trial01#77"):
        with pytest.raises(DatasetError, match="which is not in this data set"):
            trials.select([unit], 3.0)


def test_a_face_that_windows_share_is_in_the_batch_once() -> None:
    trials = make_trials(1, 2)
    samples = trials.samples(0.5, ["s01/trial01"])[:5]
    batch = Collate(trials, CONFIG, None)(samples)
    # 3 s and four hops of 0.5 s: 5 s, which is 17 slots of 0.3 s.
    assert len(batch.images) == 17
    assert int(batch.faces_valid.sum()) == 50


def test_draws_depend_on_seed_epoch_and_window_but_not_on_the_batch() -> None:
    trials = make_trials(2, 4)
    collate = Collate(trials, CONFIG, EVERYTHING, seed=3)
    samples = trials.samples(3.0)
    whole, part = collate(samples, 5), collate(samples[8:10], 5)
    assert torch.equal(whole.eeg[8:10], part.eeg)
    assert torch.equal(_bags(whole)[8:10], _bags(part))
    assert not torch.equal(whole.eeg, collate(samples, 6).eeg)
    assert not torch.equal(whole.eeg, Collate(trials, CONFIG, EVERYTHING, seed=4)(samples, 5).eeg)


def _bags(batch: Batch) -> torch.Tensor:
    """Every window's faces, black where there is none."""
    return batch.faces()[batch.slots] * batch.faces_valid[:, :, None, None, None]


def test_modality_dropout_takes_one_of_the_two_and_never_the_only_one() -> None:
    trials = make_trials(2, 4)
    batch = Collate(trials, CONFIG, AugmentSettings(modality_dropout=1.0))(trials.samples(0.5))
    faces = batch.faces_valid.any(dim=1)
    assert (batch.eeg_valid ^ faces).all()
    assert 0.2 < batch.eeg_valid.float().mean() < 0.8
    blind = make_trials(1, 4, faces=False)
    assert Collate(blind, CONFIG, EVERYTHING)(blind.samples(0.5)).eeg_valid.all()


def test_face_dropout_takes_a_face_from_all_windows_that_share_it_and_never_the_last() -> None:
    trials = make_trials(1, 4)
    samples = trials.samples(0.5)
    plain = Collate(trials, CONFIG, None)(samples)
    collate = Collate(trials, CONFIG, AugmentSettings(face_dropout=0.5))
    thinned = collate(samples)
    assert 0.35 < len(thinned.images) / len(plain.images) < 0.65
    assert not (thinned.faces_valid & ~plain.faces_valid).any()
    nearly_all = Collate(trials, CONFIG, AugmentSettings(face_dropout=0.99))(samples)
    assert nearly_all.faces_valid.any(dim=1).all()


def test_shifted_windows_stay_inside_their_trial() -> None:
    trials = make_trials(1, 1)
    ramp = np.tile(np.arange(1920, dtype=np.float32), (32, 1))
    (trial,) = trials.trials
    trial.eeg[:] = ramp
    collate = Collate(trials, CONFIG, AugmentSettings(time_shift_s=1.0))
    batches = [collate(trials.samples(0.5), epoch) for epoch in range(20)]
    first = torch.cat([batch.eeg[:, 0, 0] for batch in batches])
    assert first.min() >= 384
    assert first.max() <= 1920 - 384
    assert len(set(first.tolist())) > 100


def test_faces_are_moved_mirrored_and_coloured() -> None:
    image = torch.arange(16 * 16 * 3, dtype=torch.uint8).view(1, 16, 16, 3)
    same = torch.tensor([[0.0, 0.0, 1.0, 0.0]])
    assert torch.equal(place_faces(image, same), image)
    mirrored = place_faces(image, torch.tensor([[0.0, 0.0, 1.0, 1.0]]))
    assert torch.equal(mirrored, image.flip(2))
    down = place_faces(image, torch.tensor([[0.25, 0.0, 1.0, 0.0]]))
    assert torch.equal(down[:, :12], image[:, 4:])
    assert torch.equal(colour_faces(image, torch.ones(1, 3)), image)
    grey = colour_faces(image, torch.tensor([[1.0, 1.0, 0.0]]))
    assert torch.equal(grey[..., 0], grey[..., 2])
    half = colour_faces(torch.full_like(image, 100), torch.tensor([[0.5, 1.0, 1.0]]))
    assert (half == 50).all()


def test_an_epoch_has_every_window_once_with_neighbours_together() -> None:
    trials = make_trials(2, 4)
    samples = trials.samples(0.5)
    order = epoch_order(samples, clip=4, seed=0, epoch=1)
    pairs = set(zip(order.trial.tolist(), order.start.tolist(), strict=True))
    assert len(pairs) == len(order) == len(samples)
    near = [
        a[0] == b[0] and b[1] - a[1] == 64
        for a, b in pairwise(zip(order.trial.tolist(), order.start.tolist(), strict=True))
    ]
    assert sum(near) > 0.6 * len(samples)
    assert len(epoch_order(samples, 4, 0, 1, limit=10)) == 10
    again = epoch_order(samples, 4, 0, 1)
    assert np.array_equal(again.start, order.start)
    assert not np.array_equal(epoch_order(samples, 4, 0, 2).start, order.start)


def test_processes_share_a_step_so_that_together_they_do_what_one_does() -> None:
    samples = make_trials(2, 4).samples(0.5)
    alone = in_steps(samples, 14)
    shares = [in_steps(samples, 14, rank, 3) for rank in range(3)]
    assert len(alone) == len(samples) // 14
    for step, parts in zip(alone, zip(*shares, strict=True), strict=True):
        assert np.concatenate([part.start for part in parts]).tolist() == step.start.tolist()
    with pytest.raises(ValueError, match="cannot be shared by 3 processes"):
        in_steps(samples[:2], 14, 0, 3)


def test_batches_come_in_order_from_several_threads_and_a_fault_comes_through() -> None:
    trials = make_trials(2, 4)
    collate = Collate(trials, CONFIG, EVERYTHING)
    steps = in_steps(trials.samples(0.5), 6)
    labels = [batch.labels.tolist() for batch in Loader(steps, collate, threads=3)]
    assert labels == [collate(step).labels.tolist() for step in steps]

    def broken(samples: Samples) -> Batch:
        raise DatasetError(f"{len(samples)} windows are unreadable.")

    with pytest.raises(DatasetError, match="6 windows are unreadable"):
        list(Loader(steps, broken, threads=2))


def test_identity_tells_data_apart() -> None:
    trials = make_trials(1, 2)
    assert trials.identity == make_trials(1, 2).identity
    assert trials.identity != make_trials(1, 3).identity
    assert TrialSet(trials.trials[:1], trials.settings).identity != trials.identity


def test_a_recording_without_ratings_is_refused() -> None:
    from milmer_live.config import LabelRule, Preprocessing
    from milmer_live.samples import MODEL_CHANNELS, EEGInfo, Recording
    from milmer_live.storage.dataset import RecordingRef

    info = EEGInfo("x", "x", MODEL_CHANNELS, 128.0)
    bare = Recording(info, np.zeros((900, 32), np.float32), np.arange(900) / 128, "s01", "s01/a")
    ref = RecordingRef("s01", "s01/a", lambda: bare, has_video=False)
    with pytest.raises(DatasetError, match="s01/a has no ratings"):
        list(load_trials([ref], Preprocessing(), LabelRule(), lambda _: None))
