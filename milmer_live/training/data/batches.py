"""From windows to batches: copied out of the memory maps by threads that read ahead.

A face that several windows of a batch share is read, and later embedded, once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from milmer_live.model.config import MilmerConfig
from milmer_live.training.data.augment import (
    colour_faces,
    keys_of,
    place_faces,
    uniforms,
)
from milmer_live.training.data.dataset import (
    NO_FACE,
    Indices,
    Samples,
    TrialSet,
)
from milmer_live.training.settings import AugmentSettings

# What a number is drawn for; part of its key.
_SHIFT, _CHANNELS, _MODALITY, _CAMERA, _BOX, _FACE, _ORDER = range(7)
_ROW_BITS = 32


@dataclass(frozen=True)
class Batch:
    """B windows and the F distinct faces in them.

    eeg (B, 32, n_times) float32 µV; eeg_valid (B,) bool; images (F, size, size, 3) uint8, F at
    least 1; owners (F,) number of each face, the same in every batch of a TrialSet; slots
    (B, bag) index of the face in `images` (0 where there is none);
    faces_valid (B, bag) bool; labels (B,); place (F, 4) and colour (F, 3) as `augment` takes
    them, or None.
    """

    eeg: Tensor
    eeg_valid: Tensor
    images: Tensor
    owners: tuple[int, ...]
    slots: Tensor
    faces_valid: Tensor
    labels: Tensor
    place: Tensor | None = None
    colour: Tensor | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def map(self, change: Callable[[Tensor], Tensor]) -> Self:
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        changed: dict[str, Any] = {
            name: change(value) for name, value in values.items() if isinstance(value, Tensor)
        }
        return replace(self, **changed)

    def to(self, device: torch.device) -> Self:
        return self.map(lambda tensor: tensor.to(device, non_blocking=True))

    def pinned(self) -> Self:
        """In page-locked memory, from which a copy to a GPU runs beside the computing."""
        return self.map(lambda tensor: tensor.pin_memory())

    @property
    def as_read(self) -> bool:
        """Whether the faces are those of the data set, unchanged."""
        return self.place is None and self.colour is None

    def faces(self) -> Tensor:
        """(F, 3, size, size) uint8, changed as `place` and `colour` say, on their device."""
        images = self.images if self.place is None else place_faces(self.images, self.place)
        images = images if self.colour is None else colour_faces(images, self.colour)
        return images.permute(0, 3, 1, 2)


class Collate:
    """Builds batches. `augment` None: nothing is changed, as for validation and test."""

    def __init__(
        self, trials: TrialSet, config: MilmerConfig, augment: AugmentSettings | None, seed: int = 0
    ) -> None:
        self._trials = trials
        self._config = config
        self._augment = augment
        self._seed = seed
        self._labels = np.array([trial.label for trial in trials.trials], dtype=np.int64)

    def __call__(self, samples: Samples, epoch: int = 0) -> Batch:
        """`samples` as a batch; `epoch` decides the draws."""
        start = self._shifted(samples, epoch)
        eeg_on, faces_on = self._modalities(samples, epoch)
        rows = self._thinned(samples.trial, self._bags(samples.trial, start, faces_on), epoch)
        images, slots, owner = self._images(samples.trial, rows)
        place, colour = self._changes(owner, epoch)
        return Batch(
            eeg=torch.from_numpy(self._eeg(samples, start, epoch)),
            eeg_valid=torch.from_numpy(eeg_on),
            images=torch.from_numpy(images),
            owners=tuple(owner.tolist()),
            slots=torch.from_numpy(slots),
            faces_valid=torch.from_numpy(rows != NO_FACE),
            labels=torch.from_numpy(self._labels[samples.trial]),
            place=place,
            colour=colour,
        )

    def _draw(self, purpose: int, epoch: int, count: int, *of: Indices) -> NDArray[np.float64]:
        return uniforms(keys_of(self._seed, purpose, epoch, *of), count)

    def _shifted(self, samples: Samples, epoch: int) -> Indices:
        """Starts, each moved inside its trial."""
        if self._augment is None or not self._augment.time_shift_s:
            return samples.start
        window = self._trials.settings
        reach = round(self._augment.time_shift_s * window.sample_rate)
        drawn = self._draw(_SHIFT, epoch, 1, samples.trial, samples.start)[:, 0]
        moved = samples.start + np.floor(drawn * (2 * reach + 1)).astype(np.int64) - reach
        mine = [self._trials.trials[index] for index in samples.trial.tolist()]
        lowest = np.array([trial.first for trial in mine], dtype=np.int64)
        highest = np.array([trial.stop - window.n_times for trial in mine], dtype=np.int64)
        return np.clip(moved, lowest, highest)

    def _modalities(
        self, samples: Samples, epoch: int
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Whether a sample's EEG and faces are given to the network; never neither.

        Drawn a trial and epoch, not a window: then the faces of a whole clip need no embedding.
        """
        n = len(samples)
        eeg, faces = np.full(n, self._config.uses_eeg), np.full(n, self._config.uses_faces)
        if self._augment is None or not self._augment.modality_dropout or not (eeg & faces).all():
            return eeg, faces
        drawn = self._draw(_MODALITY, epoch, 2, samples.trial)
        lacking = drawn[:, 0] < self._augment.modality_dropout
        with_faces = np.array([trial.has_faces for trial in self._trials.trials])[samples.trial]
        no_eeg = lacking & (drawn[:, 1] < 0.5) & with_faces
        return eeg & ~no_eeg, faces & ~(lacking & ~no_eeg)

    def _bags(self, trial: Indices, start: Indices, on: NDArray[np.bool_]) -> Indices:
        """(B, bag) rows of each window's faces in its trial's crops."""
        rows = np.full((len(trial), self._config.bag_size), NO_FACE, dtype=np.int64)
        for index in np.flatnonzero(on).tolist():
            rows[index] = self._trials.bag(int(trial[index]), int(start[index]))
        return rows

    def _thinned(self, trial: Indices, rows: Indices, epoch: int) -> Indices:
        """The bags with some faces taken out, but never the last one."""
        if self._augment is None or not self._augment.face_dropout:
            return rows
        drawn = self._draw(_FACE, epoch, 1, _owner(trial, rows).ravel())[:, 0]
        dropped = drawn.reshape(rows.shape) < self._augment.face_dropout
        thinned = np.where(dropped, NO_FACE, rows)
        emptied = (thinned == NO_FACE).all(axis=1)
        return np.where(emptied[:, None], rows, thinned)

    def _images(self, trial: Indices, rows: Indices) -> tuple[NDArray[np.uint8], Indices, Indices]:
        """Distinct faces, the bags' indices into them, and (F,) keys: whose face each is."""
        there = rows != NO_FACE
        keys = _owner(trial, rows)[there]
        distinct, inverse = np.unique(keys, return_inverse=True)
        slots = np.zeros(rows.shape, dtype=np.int64)
        slots[there] = inverse
        if not len(distinct):
            distinct = np.array([NO_FACE], dtype=np.int64)
        return self._read(distinct), slots, distinct

    def _read(self, distinct: Indices) -> NDArray[np.uint8]:
        size = self._config.image_size
        if distinct[0] == NO_FACE:
            return np.zeros((1, size, size, 3), dtype=np.uint8)
        images = np.empty((len(distinct), size, size, 3), dtype=np.uint8)
        owner = distinct >> _ROW_BITS
        borders = np.flatnonzero(np.diff(owner, prepend=-1, append=-1)).tolist()
        for begin, end in pairwise(borders):
            faces = self._trials.trials[int(owner[begin])].faces
            if faces is not None:
                rows = distinct[begin:end] & ((1 << _ROW_BITS) - 1)
                np.take(faces.images, rows, axis=0, out=images[begin:end], mode="clip")
        return images

    def _eeg(self, samples: Samples, start: Indices, epoch: int) -> NDArray[np.float32]:
        n_times = self._config.n_times
        eeg = np.empty((len(start), self._config.n_channels, n_times), dtype=np.float32)
        for index, (trial, first) in enumerate(
            zip(samples.trial.tolist(), start.tolist(), strict=True)
        ):
            eeg[index] = self._trials.trials[trial].eeg[:, first : first + n_times]
        if self._augment is not None and self._augment.channel_dropout:
            drawn = self._draw(_CHANNELS, epoch, eeg.shape[1], samples.trial, samples.start)
            eeg[drawn < self._augment.channel_dropout] = 0
        return eeg

    def _changes(self, owner: Indices, epoch: int) -> tuple[Tensor | None, Tensor | None]:
        """Mirror and light are a camera's, so one draw a trial; a box jitters face by face."""
        wanted = self._augment
        if wanted is None:
            return None, None
        camera = self._draw(_CAMERA, epoch, 4, owner >> _ROW_BITS)
        place = colour = None
        if wanted.crop_jitter or wanted.flip:
            box = (2 * self._draw(_BOX, epoch, 3, owner) - 1) * wanted.crop_jitter
            mirror = camera[:, :1] < wanted.flip
            place = np.concatenate([box[:, :2] / 2, 1 + box[:, 2:], mirror], axis=1)
        if wanted.colour:
            colour = 1 + (2 * camera[:, 1:] - 1) * wanted.colour
        return _tensor(place), _tensor(colour)


def _owner(trial: Indices, rows: Indices) -> Indices:
    """(B, bag) one number for each face: whose trial, and which row of its crops."""
    return (trial[:, None] << _ROW_BITS) | rows


def _tensor(values: NDArray[np.float64] | None) -> Tensor | None:
    return None if values is None else torch.from_numpy(values.astype(np.float32))


def epoch_order(samples: Samples, clip: int, seed: int, epoch: int, limit: int = 0) -> Samples:
    """The windows of an epoch in random order, neighbours in groups of `clip`; at most `limit`.

    The groups are cut at another place each epoch, so that neighbours are not always the same.
    """
    rng = np.random.default_rng((seed, _ORDER, epoch))
    groups = _clips(samples, clip, int(rng.integers(clip)))
    shuffled = np.concatenate([groups[int(index)] for index in rng.permutation(len(groups))])
    return samples[shuffled[: limit or None]]


def _clips(samples: Samples, clip: int, offset: int) -> list[Indices]:
    order = np.lexsort((samples.start, samples.trial))
    borders = np.flatnonzero(np.diff(samples.trial[order])) + 1
    groups = []
    for mine in np.split(order, borders):
        cuts = np.arange(offset or clip, len(mine), clip)
        groups += [group for group in np.split(mine, cuts) if len(group)]
    return groups


def in_steps(samples: Samples, batch_size: int, rank: int = 0, processes: int = 1) -> list[Samples]:
    """The share of process `rank` in each full step; what is left at the end is not used.

    Raises ValueError when there is not one sample a process.
    """
    size = min(batch_size, len(samples))
    if size < processes:
        raise ValueError(f"{size} windows cannot be shared by {processes} processes")
    share = np.array_split(np.arange(size), processes)[rank]
    steps = len(samples) // size
    return [samples[share + step * size] for step in range(steps)]


class Loader:
    """Iterates over batches that `threads` build ahead; two a thread wait at most."""

    def __init__(
        self, steps: Sequence[Samples], build: Callable[[Samples], Batch], threads: int
    ) -> None:
        self._steps = steps
        self._build = build
        self._threads = threads

    def __len__(self) -> int:
        return len(self._steps)

    def __iter__(self) -> Iterator[Batch]:
        waiting: deque[Future[Batch]] = deque()
        with ThreadPoolExecutor(self._threads, thread_name_prefix="loader") as pool:
            try:
                for step in self._steps:
                    waiting.append(pool.submit(self._build, step))
                    if len(waiting) > 2 * self._threads:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                for future in waiting:
                    future.cancel()
