"""The benchmark of faces measures what it says; its figures are for a quiet machine."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from milmer_live.bench import face_scenes
from milmer_live.bench.faces import FACE, NOBODY, cost, measure, power
from milmer_live.errors import DatasetError
from milmer_live.samples import UInt8
from milmer_live.storage.video import VideoWriter


def pictures(who: int) -> list[UInt8]:
    """Of blotches that stand for a person, who moves by a pixel or two; 3 s."""
    rng = np.random.default_rng(who)
    noise = rng.integers(0, 256, (180, 180, 3), dtype=np.uint8)
    blotches = np.asarray(cv2.GaussianBlur(noise, (0, 0), 5) * 3.2 % 256, dtype=np.uint8)
    made = []
    for _ in range(75):
        image = NOBODY.copy()
        left, top = (round(FACE.x) - 30 + rng.integers(-2, 3, 2)).tolist()
        image[top : top + 180, left : left + 180] = blotches
        made.append(image)
    return made


def test_people_who_do_not_look_alike_are_told_apart() -> None:
    found = power([pictures(0), pictures(1)])
    assert (found.people, found.pictures, found.swaps) == (2, 150, 4)
    assert (found.back, found.swaps_taken, found.others_known) == (2, 0, 0.0)
    assert found.back_after == 3
    assert found.missed < 0.05
    assert found.known_later > 0.9


def test_somebody_who_looks_the_same_is_taken() -> None:
    found = power([pictures(0), pictures(0)])
    assert found.swaps_taken == found.swaps
    assert found.others_known > 0.9


def test_each_part_has_its_cost() -> None:
    found = cost()
    assert 0 < found.memory_ms < found.look_ms
    assert found.picture_watch_ms > 0
    assert found.detection_ms > 0


def test_a_video_without_a_face_is_named(tmp_path: Path) -> None:
    path = tmp_path / "wall.mp4"
    with VideoWriter(path, 25.0, (160, 120)) as video:
        for _ in range(5):
            video.write(np.full((120, 160, 3), 90, dtype=np.uint8))
    with pytest.raises(DatasetError, match=r"found in 0 pictures of .*wall\.mp4"):
        measure([path], None, None, lambda _text: None)


@pytest.fixture
def few_scenes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(face_scenes, "SIZES", ((320, 240), (640, 480)))
    monkeypatch.setattr(face_scenes, "DRAWN", (480, 360))
    monkeypatch.setattr(face_scenes, "SHARES", (0.15,))
    for name in ("DRAWN_PEOPLE", "ROOMS", "STILL_FRAMES"):
        monkeypatch.setattr(face_scenes, name, 2)


@pytest.mark.usefixtures("few_scenes")
def test_faces_of_known_size_are_counted(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "wall.png"), np.full((90, 160, 3), 90, dtype=np.uint8))
    result = face_scenes.measure_scenes(None, tmp_path, lambda _text: None)
    assert len(result["found"]) == 2 * 4
    assert all(one["two_steps"] == 1.0 and one["n"] == 2 for one in result["found"])
    assert result["empty"] == {"pictures": 3, "with_a_face": 0}
    assert result["jitter_720p"]["two_steps_size"] < 3
    assert len(result["effort"]) == 2


def test_a_folder_without_portraits_is_refused(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "wall.png"), np.full((90, 160, 3), 90, dtype=np.uint8))
    with pytest.raises(DatasetError, match="no portrait"):
        face_scenes.measure_scenes(tmp_path, None, lambda _text: None)
