"""A participant who withdraws: nothing of a deleted session is left, wherever it lay."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sessions import FACE, Amplifier, filmed, frame, plan, recorder, run, shoot
from typer.testing import CliRunner

from milmer_live import paths
from milmer_live.cli.app import app
from milmer_live.config import Preprocessing
from milmer_live.errors import RecordingError, StorageLost
from milmer_live.live.recording.recorder import Recorder
from milmer_live.samples import MODEL_CHANNELS, EEGInfo
from milmer_live.storage.crops.store import CropStore
from milmer_live.storage.dataset import open_dataset
from milmer_live.storage.session.card import (
    read_card,
    write_card,
)
from milmer_live.storage.session.streams import Annotation
from milmer_live.storage.upkeep.deletion import plan_deletion


class Places:
    """Recordings, fallback and cache of one user."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.recordings = root / "recordings"
        self.fallback = root / "data" / "recordings"
        self.cache = root / "cache"

    def record(self, participant: str = "01", *, loses_its_disk: bool = False) -> Path:
        """A filmed session with a label; the first part of it."""
        settings = filmed().model_copy(update={"participant": participant})
        one = recorder(self.recordings, settings, fallback=self.fallback)
        amp = Amplifier(EEGInfo("Cap", "id-cap", MODEL_CHANNELS, 250.0))
        folder = one.status.folder
        self._play(one, amp, 0)
        if loses_its_disk:
            _take_disk(one)
            self._play(one, amp, 6)
        one.close()
        return folder

    def _play(self, one: Recorder, amp: Amplifier, second: int) -> None:
        for number in range(6):
            one.write_eeg(amp.info, amp.chunk(250))
            for shot in range(10):
                shoot(one, frame(10 * (second + number) + shot, rate=10.0), FACE)
            run(one, 0.1)
        start = 1001.0 + second
        one.annotate(
            Annotation(
                id=f"{second}", kind="label", start=start, stop=start + 4, valence=7, arousal=3
            )
        )

    def cut_faces(self) -> list[Path]:
        """As training does, without looking for them: the folders that they are in."""
        from test_private_files import _faces

        from milmer_live.storage.crops.files import (
            trial_folder,
            write_faces,
        )

        made = []
        for folder in (self.recordings, self.fallback):
            store = CropStore(self.cache / "crops", Preprocessing(), 64)
            refs = open_dataset(folder).refs if any(folder.rglob("*.xdf")) else ()
            for ref in refs:
                made.append(trial_folder(store.folder, ref))
                write_faces(made[-1], _faces())
        return made

    def paths_of(self, participant: str) -> Iterator[Path]:
        """Recordings, parts, crops and pictures, in order."""
        for path in sorted(self.root.rglob("*")):
            is_picture = path.stem.split("-")[0].endswith(f"Z_{participant}")
            if is_picture or {f"sub-{participant}", participant} & {*path.parts}:
                yield path

    def mentions(self, *names: str) -> list[str]:
        """Every path below, and every file, that has one of the names in it."""
        return sorted(
            str(path.relative_to(self.root))
            for path in self.root.rglob("*")
            for name in names
            if name in str(path.relative_to(self.root))
            or (path.is_file() and name.encode() in path.read_bytes())
        )


def _take_disk(one: Recorder) -> None:
    """The session's disk takes no more from now on."""

    def refuse(*_: object) -> None:
        raise StorageLost("The disk is gone.")

    setattr(one._parts.newest, "write_eeg", refuse)  # noqa: B010 - mypy allows no other


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    made = Places(tmp_path)
    monkeypatch.setenv("MILMER_LIVE_CACHE", str(made.cache))
    monkeypatch.setenv("MILMER_LIVE_RECORDINGS", str(made.recordings))
    monkeypatch.setattr(paths, "fallback_recordings", lambda: made.fallback)
    return made


def delete(path: Path | str) -> str:
    done = CliRunner().invoke(app, ["delete", "--yes", str(path)])
    assert done.exit_code == 0, done.output
    return done.output


WAYS = (
    "{session}",
    "{session}/",
    "{session}/../{name}",
    "{session}/pictures/..",
    "sub-01/{name}",
    "sub-01/{name}/",
    "recordings/sub-01/{name}",
    "./recordings/../recordings/sub-01/{name}",
    "link",
    "link/",
)


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_left_however_the_session_is_called(
    places: Places, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = places.record()
    (session / "pictures").mkdir()
    (session / "pictures" / "window.png").write_bytes(b"face")
    crops = places.cut_faces()
    (places.root / "link").symlink_to(session)
    monkeypatch.chdir(places.root)

    said = delete(way.format(session=session, name=session.name))

    assert len(crops) == 1
    assert all(f"Deleted: {path}" in said for path in (session, *crops))
    (places.root / "link").unlink(missing_ok=True)
    assert places.mentions(session.name, session.name.removeprefix("ses-")) == []
    assert not (places.recordings / "sub-01").exists()


@pytest.mark.parametrize("place", [".", "..", "pictures/.."])
def test_a_session_can_be_deleted_from_inside_it(
    places: Places, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = places.record()
    inside = session / "pictures"
    inside.mkdir()
    places.cut_faces()
    monkeypatch.chdir(inside if place == ".." else session)
    delete(place)
    monkeypatch.chdir(places.root)
    assert places.mentions(session.name.removeprefix("ses-")) == []


@pytest.mark.parametrize("part", ["first", "second"])
def test_both_parts_of_a_session_that_lost_its_disk_go(places: Places, part: str) -> None:
    first = places.record(loses_its_disk=True)
    (second,) = places.fallback.glob("sub-01/ses-*")
    assert len(places.cut_faces()) >= 1

    delete(first if part == "first" else second)

    names = {folder.name.removeprefix("ses-") for folder in (first, second)}
    assert places.mentions(*names) == []


def test_the_part_in_the_fallback_folder_is_found_when_the_disk_was_moved(places: Places) -> None:
    first = places.record(loses_its_disk=True)
    moved = places.root / "archive" / first.parent.name / first.name
    moved.parent.mkdir(parents=True)
    first.rename(moved)
    delete(moved)
    assert not any(places.fallback.rglob("*.xdf"))


def test_a_participant_goes_whole_and_nobody_else(places: Places) -> None:
    sessions = [places.record(), places.record(loses_its_disk=True)]
    other = places.record("02", loses_its_disk=True)
    pictures = places.recordings / "pictures"
    pictures.mkdir()
    for name in ("20260101T000000Z_01.png", "20260101T000000Z_01-1.svg", "20260101T000000Z_02.png"):
        (pictures / name).write_bytes(b"face")
    places.cut_faces()
    others = [*places.paths_of("02")]
    assert len(others) > 10, "two parts and crops of them"

    delete("sub-01")

    assert [*places.paths_of("01")] == []
    assert [*places.paths_of("02")] == others
    assert other.is_dir()
    assert all(not folder.exists() for folder in sessions)


def test_crops_are_found_where_the_folder_was_renamed_or_copied(places: Places) -> None:
    session = places.record()
    crops = places.cut_faces()
    renamed = session.parent.with_name("sub-withdrawn") / "ses-old"
    shutil.copytree(session, renamed)
    shutil.rmtree(session.parent)
    card = read_card(renamed)
    write_card(renamed, card.model_copy(update={"session": "another"}))
    delete(renamed)
    assert not any(path.exists() for path in crops)


def test_a_session_that_is_damaged_can_be_deleted(places: Places) -> None:
    session = places.record()
    places.cut_faces()
    (session / "session.json").write_text("{")
    (session / "session.xdf").unlink()
    delete("sub-01")
    assert places.mentions(session.name.removeprefix("ses-")) == []


@pytest.mark.parametrize("named", ["home", "recordings", "recordings/sub-09", "nowhere", ""])
def test_nothing_else_is_deleted_even_where_a_card_names_it(places: Places, named: str) -> None:
    session = places.record()
    (places.root / "home").mkdir()
    (places.root / "home" / "thesis.txt").write_text("years")
    (places.recordings / "sub-09").mkdir()
    card = read_card(session)
    write_card(session, card.model_copy(update={"continues": str(places.root / "home")}))
    with pytest.raises(RecordingError, match="neither a session"):
        plan_deletion(places.root / named)
    assert session.exists()
    delete(session)
    assert (places.root / "home" / "thesis.txt").exists()


def test_a_file_that_cannot_be_deleted_keeps_no_other(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = places.record()
    unlink = Path.unlink

    def refuse(path: Path, missing_ok: bool = False) -> None:
        if path.name == "face.mkv":
            raise PermissionError(13, "Permission denied", str(path))
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    done = CliRunner().invoke(app, ["delete", "--yes", str(session)])
    assert done.exit_code == 1
    assert [path.name for path in session.iterdir()] == ["face.mkv"]
    assert f"{session / 'face.mkv'} cannot be deleted: Permission denied." in done.output
    assert "Deleted:" not in done.output


def test_two_sessions_of_one_second_are_told_apart(places: Places) -> None:
    one = recorder(places.recordings, plan())
    two = recorder(places.recordings, plan())
    one.close()
    two.close()
    delete(one.status.folder)
    assert two.status.folder.exists()
