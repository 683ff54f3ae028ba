"""What was recorded opens as recordings, and goes into training and evaluation."""

from __future__ import annotations

import pickle
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sessions import FACE, START, Amplifier, filmed, frame, plan, prediction, recorder, run, shoot
from xdf_files import Written, header_of, write_file

from milmer_live.config import LabelRule, Preprocessing
from milmer_live.errors import DatasetError, RecordingError
from milmer_live.live.recording.recorder import Recorder
from milmer_live.samples import (
    MODEL_CHANNELS,
    EEGChunk,
    EEGInfo,
    FaceBox,
    FrameSample,
    Marker,
)
from milmer_live.storage.crops.files import find_faces
from milmer_live.storage.dataset import RecordingRef, open_dataset
from milmer_live.storage.labels.corrections import correct
from milmer_live.storage.session import streams as session_streams
from milmer_live.storage.session.reader import open_session
from milmer_live.storage.session.streams import Annotation
from milmer_live.storage.upkeep.check import check_session
from milmer_live.storage.xdf.header import (
    Channel,
    stream_header,
)
from milmer_live.training.data.dataset import load_trials

RATE = 250.0


def cap(rate: float = RATE) -> Amplifier:
    return Amplifier(EEGInfo("Cap", "id-cap", MODEL_CHANNELS, rate))


def label(number: int, start: float, stop: float, valence: float = 7.0) -> Annotation:
    return Annotation(
        id=str(number),
        kind="label",
        start=START + start,
        stop=START + stop,
        valence=valence,
        arousal=3.0,
        trial=f"film {number}",
    )


def record(one: Recorder, amp: Amplifier, seconds: int) -> None:
    """EEG, frames at 10 Hz and predictions, in real order."""
    for second in range(seconds):
        one.write_eeg(amp.info, amp.chunk(round(amp.info.sample_rate)))
        for number in range(10):
            shoot(one, frame(10 * second + number, rate=10.0), FACE)
        one.write_prediction(prediction(second))
        run(one, 0.1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session that no test may change."""
    return labelled_session(tmp_path_factory.mktemp("recordings"))


@pytest.fixture
def own_folder(folder: Path, tmp_path: Path) -> Path:
    """The same session, to be changed."""
    return shutil.copytree(folder, tmp_path / folder.parent.name / folder.name)


def labelled_session(root: Path, participant: str = "01", video: str = "full") -> Path:
    """30 s with two labels, the second one corrected."""
    one = recorder(root, filmed(video).model_copy(update={"participant": participant}))
    record(one, cap(), 30)
    one.annotate(label(1, 5, 14))
    one.annotate(label(2, 16, 28, valence=7.0))
    one.annotate(label(3, 16, 28, valence=2.0).model_copy(update={"corrects": "2"}))
    one.close()
    return one.status.folder


def test_a_session_opens_as_it_was_recorded(folder: Path) -> None:
    session = open_session(folder)
    recording = session.recording()

    assert session.participant == "01"
    assert recording.info.channel_names == MODEL_CHANNELS
    assert recording.eeg[:, 0].tolist() == list(range(30 * 250))
    np.testing.assert_allclose(recording.times, np.arange(30 * 250) / RATE, atol=1e-6)
    labels = [(one.start, one.stop, one.valence) for one in recording.labels]
    assert labels == [pytest.approx((5.0, 14.0, 7.0)), pytest.approx((16.0, 28.0, 2.0))]
    assert [one.window_index for one in session.predictions] == list(range(30))
    assert recording.frames is not None
    np.testing.assert_allclose(recording.frames.times, np.arange(300) / 10, atol=1e-6)
    shown = list(recording.frames.frames(start=120))
    assert len(shown) == 180
    np.testing.assert_array_equal(shown[0].image, frame(120).image)


def test_each_label_is_a_trial_with_some_seconds_before_it(folder: Path) -> None:
    dataset = open_dataset(folder.parent.parent)

    first, second = (ref.open() for ref in dataset.refs)

    assert [one.name.split("/")[0] for one in (first, second)] == ["01", "01"]
    assert [ref.name.split("/")[2] for ref in dataset.refs] == ["film 1", "film 3"]
    assert first.labels[0].start == pytest.approx(5.0)  # no more than that before it
    assert second.labels[0].start == pytest.approx(8.0)
    assert second.labels[0].stop == pytest.approx(20.0)
    assert second.eeg[0, 0] == 8 * 250
    assert second.times[0] == 0.0
    assert second.frames is not None
    np.testing.assert_array_equal(next(second.frames.frames()).image, frame(80).image)
    assert dataset.refs[1].label == second.labels[0]
    assert dataset.refs[1].has_video
    assert dataset.refs[1].video is not None
    assert dataset.check("01") == ()


def test_trials_reach_the_training_as_those_of_deap_do(own_folder: Path) -> None:
    root = own_folder.parent.parent
    labelled_session(root, "02", "none")
    refs: tuple[RecordingRef, ...] = pickle.loads(pickle.dumps(open_dataset(root).refs))

    trials = list(load_trials(refs, Preprocessing(), LabelRule(), lambda _: None))

    assert [trial.participant for trial in trials] == ["01", "01", "02", "02"]
    assert len({trial.name for trial in trials}) == 4
    assert [trial.label for trial in trials] == [1, 2, 1, 2]
    lengths = [(trial.stop - trial.first) / 128 for trial in trials]
    np.testing.assert_allclose(lengths, [9, 12, 9, 12], atol=0.02)
    assert all(trial.stop <= trial.eeg.shape[1] for trial in trials)


def test_a_trial_with_a_gap_is_named_and_left_out(tmp_path: Path) -> None:
    one, amp = recorder(tmp_path), cap()
    record(one, amp, 10)
    amp.chunk(200)  # lost
    record(one, amp, 10)
    for number, (start, stop) in enumerate([(1, 9), (5, 15), (12, 19), (15, 60)]):
        one.annotate(label(number, start, stop))
    one.close()

    dataset = open_dataset(tmp_path)

    assert [ref.name.split("/")[2] for ref in dataset.refs] == ["film 0", "film 2"]
    gap, beyond = dataset.summary().problems
    assert "film 1 is not used: there is a gap" in gap
    assert "film 3 is not used: its label goes beyond" in beyond
    assert dataset.refs[1].open().eeg[0, 0] == 2700  # not from before the gap


def test_a_label_can_be_corrected_after_the_session(own_folder: Path) -> None:
    before = (own_folder / "session.xdf").read_bytes()

    correct(own_folder, label(9, 5, 12, valence=1.0).model_copy(update={"corrects": "1"}))

    labels = open_session(own_folder).labels
    assert [(one.stop - START, one.valence) for one in labels] == [(12.0, 1.0), (28.0, 2.0)]
    assert (own_folder / "session.xdf").read_bytes() == before


@pytest.mark.parametrize("has_tracks", [True, False], ids=["tracks", "older"])
def test_where_only_the_face_was_kept_it_is_back_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_tracks: bool
) -> None:
    if not has_tracks:  # as sessions were before
        channels, row_of = session_streams.FRAME_CHANNELS, session_streams.frame_row
        monkeypatch.setattr(session_streams, "frame_row", lambda *of: row_of(*of)[:, :10])
        monkeypatch.setattr(
            session_streams,
            "frames_header",
            lambda: stream_header(
                session_streams.FRAMES,
                "VideoFrames",
                [Channel(label) for label in channels[:10]],
                format="double64",
            ),
        )
    recording = open_session(labelled_session(tmp_path, video="face")).recording()

    assert recording.frames is not None
    image = next(recording.frames.frames(start=12)).image

    assert image.shape == (120, 160, 3)
    inside = np.s_[25:85, 45:95]
    original = frame(12).image[inside].astype(int)
    assert np.abs(image[inside].astype(int) - original).mean() < 8
    assert image[:, 120:].max() == 0


def refuse(_frame: FrameSample) -> FaceBox | None:
    raise AssertionError("the faces are recorded: none is looked for")


@pytest.mark.parametrize("video", ["full", "face"])
def test_training_takes_the_faces_that_were_recorded(tmp_path: Path, video: str) -> None:
    """In the second 15 s the participant is away: whoever else is in view is not taken."""
    one = recorder(tmp_path, filmed(video))
    amp = cap()
    for second in range(30):
        one.write_eeg(amp.info, amp.chunk(round(RATE)))
        for number in range(10):
            shoot(one, frame(10 * second + number, rate=10.0), FACE if second < 15 else None)
        run(one, 0.1)
    one.annotate(label(1, 5, 14))
    one.annotate(label(2, 16, 28))
    one.close()

    there, away = open_dataset(one.status.folder).refs
    faces = find_faces(there.open(), refuse, Preprocessing(), 96)

    assert len(faces) > 40
    assert (faces.boxes == (FACE.x, FACE.y, FACE.width, FACE.height)).all()
    assert away.has_video == (video == "full")
    later = find_faces(away.open(), refuse, Preprocessing(), 96)  # from 8 s before its label on
    assert 15 < len(later) < 25
    assert later.times.max() < 7


def test_where_no_face_was_looked_for_training_looks(tmp_path: Path) -> None:
    one = recorder(tmp_path, filmed())
    amp = cap()
    for second in range(10):
        one.write_eeg(amp.info, amp.chunk(round(RATE)))
        for number in range(10):
            shoot(one, frame(10 * second + number, rate=10.0), None)
        run(one, 0.1)
    one.annotate(label(1, 1, 9))
    one.close()

    (ref,) = open_dataset(one.status.folder).refs

    assert len(find_faces(ref.open(), lambda _: FACE, Preprocessing(), 96)) > 20


def test_a_face_is_recorded_with_its_key_points_and_measures(tmp_path: Path) -> None:
    points = ((50.0, 40.0), (80.0, 46.0), (64.0, 55.0), (65.0, 70.0), (40.0, 45.0), (95.0, 50.0))
    one = recorder(tmp_path, filmed())
    shoot(one, frame(0), replace(FACE, points=points))
    shoot(one, frame(1), None)
    run(one, 0.1)
    one.close()

    stream = open_session(one.status.folder).file.named(session_streams.FRAMES)

    assert stream is not None
    assert stream.header.labels == session_streams.FRAME_CHANNELS
    there, away = stream.numbers
    face = session_streams.face_of(there)
    assert face == FACE
    assert face is not None
    assert (face.points, face.number) == (points, FACE.number)
    assert session_streams.face_of(away) is None
    named = dict(zip(stream.header.labels, there.tolist(), strict=True))
    assert named["face_roll"] == pytest.approx(11.3, abs=0.1)
    assert named["face_size"] == pytest.approx(70 / 120)
    assert named["face_edge"] == pytest.approx(20 / 120)
    assert np.isfinite(there).all()
    assert np.isnan(away[5:]).all()


def foreign(folder: Path, markers: list[tuple[float, str]], unit: str = "volts") -> Path:
    """An XDF file as another program may write it: another clock, volts, double64."""
    channels = [Channel(name, unit, "EEG") for name in MODEL_CHANNELS]
    header = stream_header("BioAmp", "EEG", channels, rate=128.0, format="double64")
    stamps = 70.0 + np.arange(128 * 40) / 128
    values = np.zeros((len(stamps), 32))
    values[:, 0] = np.arange(len(stamps)) * 1e-6
    texts = header_of("Stimuli", "string", 1, 0.0)
    times = np.array([70.0 + time for time, _ in markers])
    streams = (
        Written(header, ((stamps, values),), 930.0),
        Written(texts, ((times, [[text] for _, text in markers]),), 930.0),
    )
    return write_file(folder / "sub-07_task-films_eeg.xdf", streams)


def test_an_accelerometer_that_states_a_power_of_ten_is_not_scaled(tmp_path: Path) -> None:
    channels = [Channel(name, "0", "EEG") for name in MODEL_CHANNELS] + [Channel("X", "0", "ACC")]
    header = stream_header("Amp", "EEG", channels, rate=128.0, format="double64")
    stamps = 70.0 + np.arange(1280) / 128
    streams = (Written(header, ((stamps, np.full((1280, 33), 1e-6)),), 930.0),)

    recording = open_session(write_file(tmp_path / "a.xdf", streams)).recording()

    np.testing.assert_allclose(recording.eeg[0, :32], 1.0)
    assert recording.eeg[0, 32] == pytest.approx(1e-6)


def test_a_file_of_another_program_with_label_markers_is_a_session(tmp_path: Path) -> None:
    markers = [
        (0.5, "hello"),
        (2.0, "label valence=8 arousal=7 trial=a duration=10"),
        (15.0, "label valence=2 arousal=7"),
        (21.0, "label end"),
        (22.0, '{"event": "trial", "trial": "c", "valence": 6.5, "arousal": 2}'),
        (30.0, '{"event": "trial-end", "trial": "c"}'),
    ]
    dataset = open_dataset(foreign(tmp_path, markers))

    recordings = [ref.open() for ref in dataset.refs]

    spans = [one.labels[0] for one in recordings]
    assert [round(one.stop - one.start, 3) for one in spans] == [10.0, 8.0, 6.0]
    assert [one.name.split("/")[2] for one in recordings] == ["a", "c", "label02"]
    assert {one.participant for one in recordings} == {"07"}
    assert recordings[0].eeg[5, 0] == pytest.approx(5.0)  # volts are µV now
    assert not any(ref.has_video for ref in dataset.refs)


@pytest.mark.parametrize(
    "text",
    ["label valence=2 arousal=7", '{"event": "trial", "trial": "z", "valence": 2, "arousal": 7}'],
)
def test_a_label_that_is_open_when_the_recording_ends_is_closed_there(
    tmp_path: Path, text: str
) -> None:
    markers = [(2.0, "label valence=8 arousal=7"), (15.0, text)]
    first, second = open_session(foreign(tmp_path, markers)).labels

    assert first.stop == second.start
    assert (second.valence, second.arousal) == (2, 7)
    session = open_session(tmp_path / "sub-07_task-films_eeg.xdf")
    assert second.stop == session.eeg.times[-1]
    assert len(open_dataset(tmp_path).refs) == 2, "both can be trained on"


def test_a_label_after_the_last_sample_is_named_not_dropped(tmp_path: Path) -> None:
    path = foreign(
        tmp_path, [(2.0, "label valence=8 arousal=7"), (70.0, "label valence=2 arousal=7")]
    )
    assert len(open_session(path).labels) == 2
    assert any("goes beyond" in one.text or "gap" in one.text for one in check_session(path))


def test_a_table_beside_a_file_labels_it(tmp_path: Path) -> None:
    path = foreign(tmp_path, [(0.5, "hello")])
    table = "onset,duration,valence,arousal,trial\n3,10,8,2,one\n20,10,1.5,9,two\n"
    path.with_suffix(".labels.csv").write_text(table)

    first, second = (ref.open() for ref in open_dataset(tmp_path).refs)

    assert (first.labels[0].start, first.labels[0].stop) == (3.0, 13.0)
    assert second.labels[0].arousal == 9.0


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("onset,duration,valence\n1,2,3\n", "no column arousal"),
        ("onset,duration,valence,arousal\n1,2,x,3\n", "line 2"),
        ("onset,duration,valence,arousal\n1,2,0,3\n", "valence is 0"),
    ],
)
def test_a_table_that_cannot_be_used_is_named(tmp_path: Path, table: str, said: str) -> None:
    path = foreign(tmp_path, [(0.5, "hello")])
    path.with_suffix(".labels.csv").write_text(table)

    with pytest.raises(DatasetError, match=said):
        open_dataset(path)


def test_what_holds_no_label_or_no_eeg_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="has no label and is not used"):
        open_dataset(foreign(tmp_path, [(0.5, "hello")]))
    markers = header_of("Stimuli", "string", 1, 0.0)
    path = write_file(tmp_path / "b.xdf", (Written(markers, (), 0.0),))
    with pytest.raises(DatasetError, match="holds no EEG"):
        open_dataset(path)
    with pytest.raises(RecordingError, match="is no session"):
        open_session(tmp_path)


def test_a_session_that_was_killed_is_used_and_named(own_folder: Path) -> None:
    path = own_folder / "session.xdf"
    path.write_bytes(path.read_bytes()[:-100])

    dataset = open_dataset(own_folder)

    assert len(dataset.refs) == 2
    assert "was not closed in order" in dataset.summary().problems[0]


def test_jittering_stamps_become_an_even_grid(tmp_path: Path) -> None:
    one, amp = recorder(tmp_path, plan()), cap(128.0)
    rng = np.random.default_rng(3)
    for _ in range(20):
        chunk = amp.chunk(128)
        jittered = chunk.times + rng.uniform(0, 0.02)
        one.write_eeg(amp.info, EEGChunk(chunk.data, jittered, chunk.first_index))
    one.write_marker(Marker(START + 2, "label valence=3 arousal=3 duration=5"))
    one.close()

    times = open_dataset(tmp_path).refs[0].open().times

    np.testing.assert_allclose(np.diff(times), 1 / 128, atol=1e-4)
