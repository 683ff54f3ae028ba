"""Faces: detect with MediaPipe, grow the box, cut a square crop. A frame's result depends on
that frame alone, so training, replay and live find the same faces."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import cv2
import numpy as np

from milmer_live.config import FaceSettings
from milmer_live.errors import ModelError
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

# To follow a face: enough corners for a median, few enough to take a millisecond.
MAX_CORNERS = 60
MIN_CORNERS = 8

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
        from mediapipe.tasks.python import BaseOptions, vision

        require_model(model_path)
        options = vision.FaceDetectorOptions(
            base_options=BaseOptions(model_asset_buffer=model_path.read_bytes()),
            running_mode=vision.RunningMode.IMAGE,
            min_detection_confidence=settings.min_confidence,
        )
        self._detector: Any = vision.FaceDetector.create_from_options(options)

    def __call__(self, frame: FrameSample) -> FaceBox | None:
        """The largest face of the frame, or None."""
        return next(iter(self.all(frame)), None)

    def all(self, frame: FrameSample) -> tuple[FaceBox, ...]:
        """Every face of the frame, the largest first."""
        import mediapipe

        image = mediapipe.Image(
            image_format=mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(frame.image)
        )
        boxes = [_box(found) for found in self._detector.detect(image).detections]
        return tuple(sorted(boxes, key=lambda box: -box.width * box.height))

    def close(self) -> None:
        self._detector.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _box(found: Any) -> FaceBox:
    box = found.bounding_box
    return FaceBox(
        float(box.origin_x),
        float(box.origin_y),
        float(box.width),
        float(box.height),
        float(found.categories[0].score),
    )


def follow_face(before: UInt8, after: UInt8, box: FaceBox) -> FaceBox | None:
    """Where the face in `box` of picture `before` has gone in `after`; None where that is not
    clear. Pyramidal Lucas-Kanade (Bouguet 2000) of corners in the box, of which those count
    that lead back to where they came from (Kalal et al. 2010); its size stays."""
    if before.shape != after.shape:
        return None
    mask = np.zeros(before.shape[:2], dtype=np.uint8)
    left, top = max(0, round(box.x)), max(0, round(box.y))
    mask[top : round(box.y + box.height), left : round(box.x + box.width)] = 255
    old, new = (cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in (before, after))
    corners = cv2.goodFeaturesToTrack(old, MAX_CORNERS, 0.01, 5, mask=mask)
    if corners is None or len(corners) < MIN_CORNERS:
        return None
    there, found, _ = cv2.calcOpticalFlowPyrLK(old, new, corners, np.empty_like(corners))
    back, found_back, _ = cv2.calcOpticalFlowPyrLK(new, old, there, np.empty_like(corners))
    astray = np.linalg.norm(back - corners, axis=2).ravel()
    kept = found.ravel().astype(bool) & found_back.ravel().astype(bool) & (astray < 1.0)
    if kept.sum() < MIN_CORNERS:
        return None
    moved_x, moved_y = np.median((there - corners).reshape(-1, 2)[kept], axis=0)
    return replace(box, x=box.x + float(moved_x), y=box.y + float(moved_y))


def crop_face(frame: FrameSample, box: FaceBox, settings: FaceSettings) -> FaceCrop:
    """The face, its box grown by `settings.grow` on each side, at 224 x 224.

    What lies outside the frame is black: the face keeps its place in the crop.
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
    """(2, 3) from pixels of the frame to pixels of the crop."""
    grown_x = box.x - settings.grow * box.width
    grown_y = box.y - settings.grow * box.height
    scale_x = CROP_SIZE / (box.width * (1 + 2 * settings.grow))
    scale_y = CROP_SIZE / (box.height * (1 + 2 * settings.grow))
    return np.array([[scale_x, 0.0, -grown_x * scale_x], [0.0, scale_y, -grown_y * scale_y]])


def resize_crop(image: UInt8, size: int) -> UInt8:
    """A crop at the side that a model takes: (size, size, 3) uint8."""
    if image.shape[0] == size:
        return image
    return np.asarray(cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA), dtype=np.uint8)
