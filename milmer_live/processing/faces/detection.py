"""Faces: detect with MediaPipe in two steps, grow the box, cut a square crop. A frame's result
depends on that frame alone, so training, replay and live find the same faces."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import cv2
import numpy as np

from milmer_live.config import FaceSettings
from milmer_live.errors import ModelError
from milmer_live.processing.faces.measures import eyes
from milmer_live.processing.faces.no_face import (
    NoFace,
    WhyNoFace,
)
from milmer_live.processing.faces.search import (
    by_size,
    search,
    still_there,
)
from milmer_live.samples import (
    CROP_SIZE,
    FaceBox,
    FaceCrop,
    Float64,
    FrameSample,
    UInt8,
    frozen,
)

# The OpenCV wheels on Linux point Qt at plugins of their own (opencv-python#736).
os.environ.pop("QT_QPA_PLATFORM_PLUGIN_PATH", None)
os.environ.pop("QT_QPA_FONTDIR", None)

FAINT = 0.3  # score of a candidate that is worth a second look

Detect = Callable[[FrameSample], FaceBox | None]


def require_model(path: Path) -> None:
    """Raises ModelError where the face-detection model has not been fetched."""
    if not path.is_file():
        raise ModelError(
            f"The face-detection model {path} is missing.", "Run `milmer-live fetch-models`."
        )


class FaceDetector:
    """BlazeFace, short range, through MediaPipe's Tasks API. Use one in one thread."""

    def __init__(self, model_path: Path, settings: FaceSettings) -> None:
        require_model(model_path)
        model = model_path.read_bytes()
        faint = min(FAINT, settings.min_confidence)
        self._detectors = (_blaze_face(model, faint), _blaze_face(model, settings.min_confidence))
        self._why = WhyNoFace(self._faint, self._sure)

    def __call__(self, frame: FrameSample) -> FaceBox | None:
        """The largest face of the frame, or None."""
        return next(iter(self.all(frame)), None)

    def all(self, frame: FrameSample) -> tuple[FaceBox, ...]:
        """Every face of the frame, the largest first."""
        return tuple(search(frame.image, self._faint, self._sure))

    def one_look(self, frame: FrameSample) -> FaceBox | None:
        """The largest face that one look at the whole frame shows, as published; for comparison."""
        return next(iter(by_size(self._sure(frame.image))), None)

    def again(self, frame: FrameSample, faces: Sequence[FaceBox]) -> tuple[FaceBox, ...]:
        """Those of `faces`, seen a moment ago, that are in this frame still; other faces are not
        looked for. The largest first."""
        return tuple(by_size(still_there(frame.image, faces, self._sure)))

    def why_none(self, frame: FrameSample) -> NoFace | None:
        """Why no face was found in a frame, as far as one more look can tell; ask in each frame."""
        return self._why.look(frame.image)

    def close(self) -> None:
        for detector in self._detectors:
            detector.close()

    def _faint(self, image: UInt8) -> list[FaceBox]:
        return _found(self._detectors[0], image)

    def _sure(self, image: UInt8) -> list[FaceBox]:
        return _found(self._detectors[1], image)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _blaze_face(model: bytes, min_confidence: float) -> Any:
    from mediapipe.tasks.python import BaseOptions, vision

    options = vision.FaceDetectorOptions(
        base_options=BaseOptions(model_asset_buffer=model),
        running_mode=vision.RunningMode.IMAGE,
        min_detection_confidence=min_confidence,
    )
    return vision.FaceDetector.create_from_options(options)


def _found(detector: Any, image: UInt8) -> list[FaceBox]:
    import mediapipe

    height, width = image.shape[:2]
    shown = mediapipe.Image(
        image_format=mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(image)
    )
    return [_box(found, width, height) for found in detector.detect(shown).detections]


def _box(found: Any, width: int, height: int) -> FaceBox:
    box = found.bounding_box
    return FaceBox(
        float(box.origin_x),
        float(box.origin_y),
        float(box.width),
        float(box.height),
        float(found.categories[0].score),
        points=tuple((point.x * width, point.y * height) for point in found.keypoints),
    )


def crop_face(frame: FrameSample, box: FaceBox, settings: FaceSettings) -> FaceCrop:
    """The face, its box grown by `settings.grow` on each side, at 224 x 224; aligned by its eyes
    where `settings.crop` asks for that.

    What lies outside the frame is black: the face keeps its place in the crop. Raises ModelError
    where it is to be aligned and has no key points.
    """
    to_crop = _to_crop(box, settings)
    image = cv2.warpAffine(frame.image, to_crop, (CROP_SIZE, CROP_SIZE), flags=cv2.INTER_LINEAR)
    return FaceCrop(frozen(np.asarray(image, dtype=np.uint8)), box, frame.time, frame.index)


def paste_face(crop: UInt8, box: FaceBox, size: tuple[int, int], settings: FaceSettings) -> UInt8:
    """What `crop_face` has cut out of a frame of `size` (width, height), back in its place;
    all around it is black."""
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(crop, _to_crop(box, settings), size, flags=flags), np.uint8)


def _to_crop(box: FaceBox, settings: FaceSettings) -> Float64:
    """(2, 3) from pixels of the frame to pixels of the crop. Raises ModelError."""
    if settings.crop == "aligned":
        return _to_aligned_crop(box, settings)
    grown_x = box.x - settings.grow * box.width
    grown_y = box.y - settings.grow * box.height
    scale_x = CROP_SIZE / (box.width * (1 + 2 * settings.grow))
    scale_y = CROP_SIZE / (box.height * (1 + 2 * settings.grow))
    return np.array([[scale_x, 0.0, -grown_x * scale_x], [0.0, scale_y, -grown_y * scale_y]])


def _to_aligned_crop(box: FaceBox, settings: FaceSettings) -> Float64:
    """The eyes level, in the middle and at their height."""
    known = eyes(box)
    if known is None:
        raise ModelError("A face without key points cannot be aligned.", "Choose faces.crop = box.")
    middle, roll = known
    scale = CROP_SIZE / (max(box.width, box.height) * (1 + 2 * settings.grow))
    cos, sin = scale * math.cos(roll), scale * math.sin(roll)
    turned = np.array([[cos, sin], [-sin, cos]])
    place = np.array([0.5, settings.eye_height]) * CROP_SIZE
    return np.column_stack([turned, place - turned @ middle])


def resize_crop(image: UInt8, size: int) -> UInt8:
    """A crop at the side that a model takes: (size, size, 3) uint8."""
    if image.shape[0] == size:
        return image
    return np.asarray(cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA), dtype=np.uint8)
