"""Live inference: each face is embedded once, a window costs what is left."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from milmer_live.errors import ModelError
from milmer_live.model.checkpoint import Card
from milmer_live.model.network import FaceTokens, Milmer
from milmer_live.processing.faces import resize_crop
from milmer_live.samples import (
    CROP_SIZE,
    FaceBox,
    FaceCrop,
    Prediction,
    UInt8,
    Window,
    frozen,
)

# Faces that may wait for their window, in bags: replay at many times real time stays within.
CACHED_BAGS = 4


class Predictor:
    """Answers windows with `network`; use it in one thread.

    Frames are told apart by index and time, so call `forget` when a stream starts anew.
    Raises ModelError where the device is not there or a window does not fit the network.
    """

    def __init__(self, network: Milmer, card: Card, device: str = "cpu") -> None:
        self.card = card
        self.device = _device(device)
        self.network = network.to(self.device).eval()
        self._config = network.config
        self._capacity = CACHED_BAGS * self._config.bag_size
        self._cache: OrderedDict[tuple[int, float], FaceTokens] = OrderedDict()

    @property
    def name(self) -> str:
        return self.card.name

    @property
    def description(self) -> str:
        """What answers, in one line."""
        config = self._config
        kept = f"top {config.top_k} of {config.bag_size}" if config.uses_faces else "EEG only"
        trained = self.card.data or "not trained"
        return f"{config.selection}, {kept}; {trained}; on {self.device}"

    @property
    def cached(self) -> int:
        """Faces whose tokens are at hand."""
        return len(self._cache)

    def embed(self, face: FaceCrop) -> None:
        """Have a face's tokens ready for its windows. Costs nothing the second time."""
        self._embed([face])

    def forget(self) -> None:
        """Drop all embedded faces."""
        self._cache.clear()

    def warm_up(self) -> None:
        """Run a blank face and window, so that the first real ones are not slow."""
        config = self._config
        blank = FaceCrop(
            np.zeros((CROP_SIZE, CROP_SIZE, 3), np.uint8), FaceBox(0, 0, 1, 1, 1.0), 0.0, -1
        )
        eeg = np.zeros((config.n_channels, config.n_times), np.float32)
        for _ in range(2):
            self.forget()
            self.predict(Window(-1, 0.0, 0.0, eeg, (blank,) * config.bag_size))
        self.forget()

    def predict(self, window: Window) -> Prediction:
        """Calibrated probabilities of the four quadrants. Raises ModelError."""
        started = time.perf_counter()
        self._check(window)
        with torch.inference_mode():
            tokens, logits = self._bag(window)
            eeg = torch.tensor(window.eeg, device=self.device)[None]
            eeg_valid = torch.tensor([window.eeg_valid], device=self.device)
            faces_valid = torch.from_numpy(window.faces_valid).to(self.device)[None]
            output = self.network.classify(eeg, tokens, logits, eeg_valid, faces_valid)
            probabilities = (output.logits.float() / self.card.temperature).softmax(dim=1)
        chosen = [
            (slot, weight)
            for slot, weight in zip(
                output.selected[0].tolist(), output.weights[0].tolist(), strict=True
            )
            if slot >= 0
        ]
        return Prediction(
            window_index=window.index,
            time=window.stop,
            probabilities=frozen(probabilities[0].cpu().numpy()),
            selected=tuple(slot for slot, _ in chosen),
            weights=tuple(weight for _, weight in chosen),
            latency_s=time.perf_counter() - started,
            eeg_used=self._config.uses_eeg and window.eeg_valid,
            faces_used=bool(chosen),
        )

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

    def _bag(self, window: Window) -> FaceTokens:
        """tokens (1, bag, n_tokens, d_model) and logits (1, bag) of a window; 0 where no face."""
        config = self._config
        n_tokens = self.network.faces.n_tokens if config.uses_faces else 0
        tokens = torch.zeros(1, config.bag_size, n_tokens, config.d_model, device=self.device)
        logits = torch.zeros(1, config.bag_size, device=self.device)
        present = {slot: face for slot, face in enumerate(window.faces) if face is not None}
        self._embed(list(present.values()))
        if not config.uses_faces:
            return FaceTokens(tokens, logits)
        for slot, face in present.items():
            tokens[0, slot], logits[0, slot] = self._cache[_key(face)]
        return FaceTokens(tokens, logits)

    def _embed(self, faces: Sequence[FaceCrop]) -> None:
        if not self._config.uses_faces:
            return
        new: dict[tuple[int, float], UInt8] = {}
        for face in faces:
            key = _key(face)
            if key in self._cache:
                self._cache.move_to_end(key)
            else:
                new[key] = resize_crop(face.image, self._config.image_size)
        if not new:
            return
        with torch.inference_mode():
            tokens, logits = self.network.embed_faces(_images(list(new.values()), self.device))
        for index, key in enumerate(new):
            self._cache[key] = FaceTokens(tokens[index].clone(), logits[index])
        while len(self._cache) > self._capacity:
            self._cache.popitem(last=False)


def _key(face: FaceCrop) -> tuple[int, float]:
    return face.frame_index, face.time


def _images(crops: Sequence[UInt8], device: torch.device) -> Tensor:
    """(n, 3, size, size) uint8 from crops (size, size, 3)."""
    channels_first = np.ascontiguousarray(np.stack(crops).transpose(0, 3, 1, 2))
    return torch.from_numpy(channels_first).to(device)


def _device(name: str) -> torch.device:
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise ModelError(
            f"The device '{name}' cannot be used here.", "`--device cpu` works everywhere."
        ) from error
    return device
