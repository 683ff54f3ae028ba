"""Live inference: each face is embedded once, a window costs what is left."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

import numpy as np

from milmer_live.errors import ModelError
from milmer_live.model.backends.base import (
    Backend,
    Bag,
)
from milmer_live.model.card import Card
from milmer_live.model.explain import Decision, explain
from milmer_live.model.face_selection import (
    PickedFace,
    in_doubt,
    pick,
)
from milmer_live.model.out_of_range import KnownRange
from milmer_live.processing.faces.detection import resize_crop
from milmer_live.samples import (
    CROP_SIZE,
    Distance,
    Explanation,
    FaceBox,
    FaceCrop,
    Float32,
    Prediction,
    UInt8,
    Window,
    frozen,
)

# Faces that may wait for their window, in bags: replay at many times real time stays within.
CACHED_BAGS = 4

ResultT = TypeVar("ResultT")
Key = tuple[int, float]
log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Kept:
    """A face that was embedded, and its picture while its logit may be off by a rounding."""

    logit: float
    memory: Any
    summary: Float32
    image: UInt8 | None


class Predictor:
    """Answers windows with a network; use it in one thread.

    `score_error` is how far rounding moves a face's logit, at most. Faces that change places
    within it are scored again in fp32, as soon as the last face of their bag is there: a face
    more or less in the bag can turn an answer, however small the difference that decided it.

    Frames are told apart by index and time, so call `forget` when a stream starts anew. Where
    the backend fails while it works (a GPU's memory is full, say) the spare one takes over;
    `reason` says so. Raises ModelError where a window does not fit the network.
    """

    def __init__(
        self,
        card: Card,
        backend: Backend,
        *,
        spare: Callable[[], Backend] | None = None,
        reason: str = "",
        known: KnownRange | None = None,
    ) -> None:
        self.card = card
        self.backend = backend
        self.reason = reason
        self.known = known
        self.score_error = 0.0
        self.scored_again = 0
        self._config = card.config
        self._spare = spare
        self._capacity = CACHED_BAGS * self._config.bag_size
        self._cache: OrderedDict[Key, _Kept] = OrderedDict()
        self._decided: tuple[Window, Decision] | None = None  # the newest, to be explained

    @property
    def name(self) -> str:
        return self.card.name

    @property
    def description(self) -> str:
        """What answers, in one line."""
        config = self._config
        kept = f"top {config.top_k} of {config.bag_size}" if config.uses_faces else "EEG only"
        trained = self.card.data or "not trained"
        return f"{config.selection}, {kept}; {trained}; {self.backend.label}"

    @property
    def caution(self) -> str:
        """What must be said wherever it answers about a real person; "" for nothing."""
        return self.card.caution

    @property
    def cached(self) -> int:
        """Faces whose tokens are at hand."""
        return len(self._cache)

    def embed(self, face: FaceCrop) -> None:
        """Have a face's tokens ready for its windows. Costs nothing the second time."""
        self._or_on_the_spare(lambda: self._embed_now(face))

    def learn_score_error(self, windows: Sequence[Window]) -> None:
        """From the faces of `windows`, whose logits are worked out both ways."""
        if not self._config.ranks_faces:
            return
        faces = {_key(face): face for window in windows for face in window.faces if face}
        images = [resize_crop(face.image, self._config.image_size) for face in faces.values()]
        backend = self.backend
        errors = [abs(backend.embed(one[None])[0].logit - backend.score(one)) for one in images]
        self.score_error = max(errors, default=0.0)

    def forget(self) -> None:
        """Drop all embedded faces."""
        self._cache.clear()
        self._decided = None

    def warm_up(self) -> None:
        """Run blank faces and windows, so that the first real ones are not slow."""
        for _ in range(2):
            self.rehearse()
        self.explain(self._blank(), 0)
        self.forget()

    def rehearse(self) -> None:
        """One blank face and one window with nothing else; drops all embedded faces."""
        self.forget()
        self.predict(self._blank())
        self.forget()

    def _blank(self) -> Window:
        config = self._config
        image = np.zeros((CROP_SIZE, CROP_SIZE, 3), np.uint8)
        blank = FaceCrop(image, FaceBox(0, 0, 1, 1, 1.0), 0.0, -1)
        eeg = np.zeros((config.n_channels, config.n_times), np.float32)
        return Window(-1, 0.0, 0.0, eeg, (blank,) * config.bag_size)

    def predict(self, window: Window) -> Prediction:
        """Calibrated probabilities of the four quadrants. Raises ModelError."""
        started = time.perf_counter()
        self._check(window)
        logits, picked = self._or_on_the_spare(lambda: self._decide(window))
        chosen = [face for face in picked if face.valid]
        probabilities = _softmax(logits)
        distance, levels = self._judged(window, probabilities)
        return Prediction(
            window_index=window.index,
            time=window.stop,
            probabilities=frozen(probabilities),
            selected=tuple(face.slot for face in chosen),
            weights=tuple(face.weight for face in chosen),
            latency_s=time.perf_counter() - started,
            eeg_used=self._config.uses_eeg and window.eeg_valid,
            faces_used=bool(chosen),
            distance=distance,
            levels=levels,
        )

    def _judged(self, window: Window, answer: Float32) -> tuple[Distance, tuple[float, ...]]:
        """How far the window is from what was learned, and from which level on each quadrant
        belongs to the set."""
        if self.known is None:
            return Distance(), ()
        eeg = self._eeg(window)
        faces = [self._cache[_key(face)].summary for face in self._faces(window).values()]
        levels = self.known.levels(answer, window.coverage, eeg=eeg is not None, faces=bool(faces))
        return self.known.distance(eeg, faces, window.coverage), levels

    def _faces(self, window: Window) -> dict[int, FaceCrop]:
        """By slot, of a network that looks at faces."""
        if not self._config.uses_faces:
            return {}
        return {slot: face for slot, face in enumerate(window.faces) if face is not None}

    def explain(self, window: Window, quadrant: int) -> Explanation:
        """What spoke for `quadrant` in a window that was just predicted. Raises ModelError."""
        self._check(window)
        return self._or_on_the_spare(lambda: self._explain(window, quadrant))

    def _explain(self, window: Window, quadrant: int) -> Explanation:
        if self._decided is None or self._decided[0] is not window:
            self._decide(window)
        assert self._decided is not None
        _, decision = self._decided
        return explain(self.backend, self._logits, decision, quadrant, self.card.temperature)

    def _check(self, window: Window) -> None:
        config = self._config
        wanted = (config.n_channels, config.n_times)
        if window.eeg.shape != wanted or len(window.faces) != config.bag_size:
            raise ModelError(
                f"Window {window.index} has EEG of shape {window.eeg.shape} and "
                f"{len(window.faces)} faces; the model takes {wanted} and {config.bag_size}.",
                "Use the window settings of the model's card.",
            )
        if window.eeg_valid and not np.isfinite(window.eeg).all():
            raise ModelError(f"The EEG of window {window.index} is marked valid but not finite.")

    def _decide(self, window: Window) -> tuple[Float32, tuple[PickedFace, ...]]:
        """Calibrated logits (4,), equal where nothing is to go by, and the faces that were kept."""
        bag, picked = self._bag(window)
        eeg = self._eeg(window)
        logits = self._logits(eeg, bag)
        self._decided = (window, Decision(window.index, eeg, bag, logits))
        return logits, picked

    def _logits(self, eeg: Float32 | None, bag: Bag) -> Float32:
        if eeg is None and all(memory is None for memory in bag.memories):
            return np.zeros(4, np.float32)
        return self.backend.decide(eeg, bag) / np.float32(self.card.temperature)

    def _eeg(self, window: Window) -> Float32 | None:
        return window.eeg if window.eeg_valid and self._config.uses_eeg else None

    def _bag(self, window: Window) -> tuple[Bag, tuple[PickedFace, ...]]:
        present = {slot: face for slot, face in enumerate(window.faces) if face is not None}
        self._embed(list(present.values()))
        logits = np.zeros(self._config.bag_size, np.float32)
        if self._config.uses_faces:
            kept = {slot: self._cache[_key(face)] for slot, face in present.items()}
            logits = self._sure_logits(kept)
        picked = pick(self.backend.spec, logits, window.faces_valid)
        memories = (
            self._cache[_key(present[one.slot])].memory if one.valid else None for one in picked
        )
        return Bag(tuple(memories), tuple(one.factor for one in picked)), picked

    def _embed_now(self, face: FaceCrop) -> None:
        """And know which faces are kept of the bag that it completes."""
        self._embed([face])
        newest = islice(reversed(self._cache.values()), self._config.bag_size)
        self._sure_logits(dict(enumerate(newest)))

    def _sure_logits(self, kept: dict[int, _Kept]) -> Float32:
        """(bag_size,) of faces by slot: as exact as it takes to know which of them are best."""
        size = self._config.bag_size
        valid = np.isin(np.arange(size), list(kept))
        logits, errors = np.zeros((2, size), np.float32)
        while True:
            for slot, one in kept.items():
                logits[slot] = one.logit
                errors[slot] = 0.0 if one.image is None else self.score_error
            doubtful = in_doubt(self.backend.spec, logits, errors, valid)
            if not doubtful:
                return logits
            for slot in doubtful:
                self._score_again(kept[slot])

    def _score_again(self, face: _Kept) -> None:
        assert face.image is not None
        face.logit, face.image = self.backend.score(face.image), None
        self.scored_again += 1

    def _embed(self, faces: Sequence[FaceCrop]) -> None:
        if not self._config.uses_faces:
            return
        new: dict[Key, UInt8] = {}
        for face in faces:
            key = _key(face)
            if key in self._cache:
                self._cache.move_to_end(key)
            else:
                new[key] = resize_crop(face.image, self._config.image_size)
        if not new:
            return
        embedded = self.backend.embed(np.stack(list(new.values())))
        for (key, image), one in zip(new.items(), embedded, strict=True):
            doubted = image if self.score_error else None
            self._cache[key] = _Kept(one.logit, one.memory, one.summary, doubted)
        while len(self._cache) > self._capacity:
            self._cache.popitem(last=False)

    def _or_on_the_spare(self, work: Callable[[], ResultT]) -> ResultT:
        try:
            return work()
        except RuntimeError as error:  # torch.OutOfMemoryError is one
            if self._spare is None:
                raise
            failed = f"{self.backend.label} failed ({first_line(error)})"
            log.warning("%s; another takes over", failed)
            self.forget()  # what another backend keeps of a face
            self.backend, self._spare = self._spare(), None
            self.score_error = 0.0  # the spare one is in fp32
            self.reason = f"{failed}: {self.backend.label} since then."
            return work()


def first_line(error: BaseException) -> str:
    """What an error says, without its second line and full stop."""
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__


def _key(face: FaceCrop) -> Key:
    return face.frame_index, face.time


def _softmax(logits: Float32) -> Float32:
    powers = np.exp(logits - logits.max())
    return np.asarray(powers / powers.sum(), dtype=np.float32)
