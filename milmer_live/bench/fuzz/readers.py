"""The readers of files from outside, each with whole files to begin with."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from milmer_live.config import Preprocessing, WindowSettings, read_toml
from milmer_live.errors import MilmerError
from milmer_live.processing.foreign_text import clean_xml
from milmer_live.samples import MODEL_CHANNELS, Float64
from milmer_live.storage.crops.files import (
    TrialFaces,
    read_faces,
    write_faces,
)
from milmer_live.storage.deap.matlab import MatlabFile
from milmer_live.storage.deap.ratings import read_ratings
from milmer_live.storage.deap.safe_pickle import load_arrays
from milmer_live.storage.deap.writer import (
    TrialRatings,
    dump_python2,
    write_ratings,
)
from milmer_live.storage.labels.label_table import read_tables
from milmer_live.storage.labels.session_labels import (
    annotations_of,
    entries_of,
    labels_of,
)
from milmer_live.storage.session.card import (
    make_plan,
    new_card,
    read_card,
    write_card,
)
from milmer_live.storage.session.reader import open_session
from milmer_live.storage.session.streams import (
    LABELS,
    Annotation,
    markers_header,
)
from milmer_live.storage.session.video import SessionVideo
from milmer_live.storage.upkeep.repair import repair
from milmer_live.storage.video import VideoFrames, VideoWriter
from milmer_live.storage.xdf.header import (
    Channel,
    StreamHeader,
    stream_header,
)
from milmer_live.storage.xdf.reader import (
    XDFFile,
    XDFStream,
    read_xdf,
)
from milmer_live.storage.xdf.writer import XDFWriter

SIZE = (64, 48)  # pixels of a video's picture
N_PICTURES = 8
START = 1000.0
BIDS_ONE = "01"


class WrongResult(Exception):
    """A reader has not refused an input, but what it made of it cannot be."""


@dataclass(frozen=True)
class Reader:
    """`make` writes whole files into an empty folder and returns them. One of them is changed,
    put at `place` of the folder, and read there."""

    name: str
    place: str
    make: Callable[[Path], list[Path]]
    read: Callable[[Path], object]


def _xdf_files(folder: Path) -> list[Path]:
    rng = np.random.default_rng(0)
    channels = [Channel(name, "microvolts", "EEG") for name in MODEL_CHANNELS[:3]]
    streams: list[tuple[StreamHeader, Callable[[int], Any]]] = [
        (
            stream_header("Amp", "EEG", channels, rate=16.0),
            lambda n: rng.normal(size=(n, 3)).astype("f4"),
        ),
        (
            stream_header("Steps", "Steps", channels[:1], rate=4.0, format="int16"),
            lambda n: rng.integers(0, 9, (n, 1)).astype("i2"),
        ),
        (markers_header("Marks"), lambda n: [["label valence=7 arousal=3 trial=1"]] * n),
        (markers_header(LABELS), lambda n: [[_annotation().json_text]] * n),
    ]
    files = []
    for name, used, offset in (("all.xdf", streams, 0.5), ("texts.xdf", streams[2:], 0.0)):
        writer = XDFWriter(folder / name, START)
        numbers = [writer.add_stream(header, START, offset) for header, _ in used]
        for second in range(11):
            for number, (header, values) in zip(numbers, used, strict=True):
                n = round(header.rate) or 1
                writer.write(number, START + second + np.arange(n) / n, values(n))
            writer.tick(START + second)
        writer.close()
        files.append(folder / name)
    return files


def _annotation() -> Annotation:
    return Annotation(id="a", kind="label", start=START, stop=START + 3, valence=7, arousal=3)


def _read_xdf(path: Path) -> None:
    for stream in read_xdf(path).streams:
        if not len(stream.times) == len(stream.values) == len(stream.texts):
            raise WrongResult("times, values and texts are not of one length")


def _repair(path: Path) -> None:
    try:
        repair(path)
        again = repair(path)
        if again.backup is not None:
            raise WrongResult("what was repaired is repaired once more")
        read_xdf(path)
    finally:
        for one in path.parent.glob(f"{path.name}.*"):
            one.unlink()


def _session(path: Path) -> None:
    """All that the window, `check` and the training ask of a recording."""
    session = open_session(path)
    for part in ("gaps", "stalls", "predictions", "markers"):
        getattr(session, part)
    recording = session.recording()
    if len(recording.eeg) != len(recording.times):
        raise WrongResult("samples and times are not of one length")
    for label in session.labels:
        with suppress(MilmerError):  # it goes beyond the EEG: that label alone is not used
            session.trial_samples(label, "a trial")


def _pickles(folder: Path) -> list[Path]:
    arrays = {"data": np.arange(24.0).reshape(2, 3, 4), "labels": np.arange(8.0).reshape(2, 4)}
    with (folder / "python2").open("wb") as file:
        dump_python2(arrays, file)
    for protocol in (0, 1, 2, 4):
        (folder / f"protocol{protocol}").write_bytes(pickle.dumps(arrays, protocol))
    return sorted(folder.iterdir())


def _matlab_files(folder: Path) -> list[Path]:
    from scipy.io import savemat

    arrays = {"data": np.arange(24.0).reshape(2, 3, 4), "labels": np.ones((2, 4)), "n": "text"}
    for packed in (False, True):
        savemat(folder / f"packed{packed}.mat", arrays, do_compression=packed)
    return sorted(folder.iterdir())


def _read_matlab(path: Path) -> None:
    file = MatlabFile(path)
    try:
        for name in file.variables:
            file.array(name)
    finally:
        file.close()


def _cards(folder: Path) -> list[Path]:
    from datetime import UTC, datetime

    plan = make_plan({"participant": BIDS_ONE})
    card = new_card(plan, "rec", datetime(2026, 1, 1, tzinfo=UTC), START)
    write_card(folder, card.model_copy(update={"samples": {"Amp": 5}, "streams": {1: "<info/>"}}))
    return [folder / "session.json"]


def _corrections(folder: Path) -> list[Path]:
    lines = [_annotation().json_text, replace_id("b"), replace_id("c", "removal")]
    (folder / "lines").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [folder / "lines"]


def replace_id(name: str, kind: str = "label") -> str:
    return _annotation().model_copy(update={"id": name, "kind": kind, "corrects": "a"}).json_text


def _file_of(path: Path, texts: list[str], name: str) -> XDFFile:
    times: Float64 = START + np.arange(float(len(texts)))
    rows: list[tuple[str, ...]] = [(text,) for text in texts]
    stream = XDFStream(1, markers_header(name), times, rows, np.zeros((0, 2)), len(rows))
    return XDFFile(path, (stream,), 0, 0)


def _read_corrections(path: Path) -> None:
    file = _file_of(path.with_name("session.xdf"), [_annotation().json_text], LABELS)
    entries_of(file)
    annotations_of(file)


def _markers(folder: Path) -> list[Path]:
    texts = (
        "label valence=7 arousal=3 trial=12 duration=60",
        "label end",
        "label valence=2 arousal=8",
        '{"event": "trial", "valence": 7, "arousal": 3, "trial": "x"}',
        '{"event": "trial-end"}',
    )
    (folder / "texts").write_text("\n".join(texts), encoding="utf-8")
    return [folder / "texts"]


def _read_markers(path: Path) -> None:
    texts = path.read_bytes().decode(errors="replace").split("\n")
    for name in ("Marks", LABELS):
        labels_of(_file_of(path.with_name("none.xdf"), texts, name), START, START + 99)


def _label_tables(folder: Path) -> list[Path]:
    table = 'onset,duration,valence,arousal,trial\r\n5,10,7,3,Grün\r\n20,5,2,8,"a,b"\r\n'
    for encoding in ("utf-8", "utf-8-sig", "latin-1", "utf-16"):
        (folder / encoding).write_bytes(table.encode(encoding))
    (folder / "semicolons").write_bytes(table.replace(",", ";").encode())
    return sorted(folder.iterdir())


def _read_label_table(path: Path) -> None:
    list(read_tables(path.with_name("a.xdf"), START))


def _rating_tables(folder: Path) -> list[Path]:
    rows = [TrialRatings(1, n, n, 0, 7.0, 3.0, 5.0, 5.0, 1) for n in range(1, 6)]
    write_ratings(folder, rows)
    return [*folder.rglob("*.csv")]


def _crops(folder: Path) -> list[Path]:
    n = 3
    write_faces(
        folder / "trial",
        TrialFaces(
            np.zeros((n, 8, 8, 3), np.uint8), np.arange(n), np.arange(float(n)),
            np.zeros((n, 4), np.float32), np.ones(n, np.float32), np.arange(n), 0,
        ),
    )  # fmt: skip
    return [folder / "trial" / "faces.npz", folder / "trial" / "images.npy"]


def _read_crops(path: Path) -> None:
    """The changed file takes the place of that which it was, by its first bytes or its end."""
    content = path.read_bytes()
    folder = path.parent / "trial"
    name = "images.npy" if b"NUMPY" in content[:8] else "faces.npz"
    whole = (folder / name).read_bytes()
    try:
        (folder / name).write_bytes(content)
        faces = read_faces(folder)
        faces.images.sum()
    finally:
        (folder / name).write_bytes(whole)


def _videos(folder: Path) -> list[Path]:
    rng = np.random.default_rng(1)
    pictures = [
        rng.integers(0, 255, (SIZE[1], SIZE[0], 3), dtype=np.uint8) for _ in range(N_PICTURES)
    ]
    with VideoWriter(folder / "a.avi", 25, SIZE) as avi:
        for picture in pictures:
            avi.write(picture)
    for codec in ("h264", "ffv1", "mjpeg"):
        video = SessionVideo(folder / f"{codec}.mkv", codec, SIZE, 0.0)
        for number, picture in enumerate(pictures):
            video.write(picture, number / 25)
        video.close()
    return sorted(folder.iterdir())


def _read_video(path: Path) -> None:
    for _ in VideoFrames(path).frames():
        pass


def _qoi_pictures(folder: Path) -> list[Path]:
    from milmer_live.acquisition.lsl.qoi import Encoder

    rng = np.random.default_rng(1)
    for name, size in (("noise", (7, 9, 3)), ("plain", (64, 64, 3))):
        picture = rng.integers(0, 255 if name == "noise" else 1, size, dtype=np.uint8)
        (folder / name).write_bytes(Encoder().encode(picture))
    return sorted(folder.iterdir())


def _read_qoi(path: Path) -> None:
    from milmer_live.acquisition.lsl.qoi import Decoder

    Decoder().decode(path.read_bytes())


def _settings(folder: Path) -> list[Path]:
    text = (
        '[window]\nlength_s = 3.0\nbag_size = 10\n[filters]\nlow_hz = 1.0\nreference = "average"\n'
    )
    (folder / "a.toml").write_text(text, encoding="utf-8")
    arrays = '[filters]\nreference = "channels"\nreference_channels = ["M1", \'M2\']\n# note\n'
    (folder / "b.toml").write_text(arrays, encoding="utf-8")
    return sorted(folder.glob("*.toml"))


def _descriptions(folder: Path) -> list[Path]:
    channels = [Channel(name, "microvolts", "EEG") for name in MODEL_CHANNELS]
    header = stream_header("Amp", "EEG", channels, rate=128.0, desc={"maker": "A & B <x>"})
    (folder / "a.xml").write_text(header.xml, encoding="utf-8")
    return [folder / "a.xml"]


def _read_description(path: Path) -> None:
    from xml.etree import ElementTree

    try:
        ElementTree.fromstring(clean_xml(path.read_bytes()).text)
    except ElementTree.ParseError as error:
        raise WrongResult("what was cleaned is no XML") from error


def _checkpoints(folder: Path) -> list[Path]:
    """A network with every part of the large one, made as small as it can be."""
    from milmer_live.model.card import new_card as new_model_card
    from milmer_live.model.checkpoint import save
    from milmer_live.model.config import MilmerConfig, preset
    from milmer_live.model.network import Milmer

    small: dict[str, Any] = {
        "n_times": 32, "image_size": 32, "bag_size": 4, "top_k": 2, "d_model": 8, "heads": 2,
        "feed_forward": 8, "queries": 2, "encoder_layers": 1, "cross_attention_layers": 1,
        "backbone_options": {"img_size": 32, "window_size": 4, "embed_dim": 8, "depths": (1, 1),
                             "num_heads": (1, 2)},
    }  # fmt: skip
    config = MilmerConfig.model_validate({**preset("milmer").model_dump(), **small})
    window = WindowSettings(length_s=0.25, hop_s=0.125, bag_size=4)
    save(
        folder / "m.safetensors",
        Milmer(config),
        new_model_card(config, Preprocessing(window=window)),
    )
    return [folder / "m.json", folder / "m.safetensors"]


def _read_checkpoint(path: Path) -> None:
    """The changed file is the card or the weights; every other time the card is made to fit weights
    that were changed, so that what is behind the checksum is reached."""
    from milmer_live.model.card import digest
    from milmer_live.model.checkpoint import load

    content = path.read_bytes()
    is_card = content.lstrip()[:1] == b"{"
    changed, card = (
        path.with_name("c.safetensors"),
        json.loads(path.with_name("m.json").read_bytes()),
    )
    if is_card:
        changed.write_bytes(path.with_name("m.safetensors").read_bytes())
        changed.with_suffix(".json").write_bytes(content)
    else:
        changed.write_bytes(content)
        if len(content) % 2:
            card["weights_sha256"] = digest(changed)
        changed.with_suffix(".json").write_text(json.dumps(card), encoding="utf-8")
    load(changed)


READERS = (
    Reader("xdf", "a.xdf", _xdf_files, _read_xdf),
    Reader("repair", "a.xdf", _xdf_files, _repair),
    Reader("session", "a.xdf", lambda folder: _xdf_files(folder)[:1], _session),
    Reader("description", "changed.xml", _descriptions, _read_description),
    Reader("pickle", "a.dat", _pickles, load_arrays),
    Reader("mat", "a.mat", _matlab_files, _read_matlab),
    Reader("session-card", "session.json", _cards, lambda path: read_card(path.parent)),
    Reader("corrections", "corrections.jsonl", _corrections, _read_corrections),
    Reader("markers", "markers.txt", _markers, _read_markers),
    Reader("label-table", "a.labels.csv", _label_tables, _read_label_table),
    Reader("rating-table", "a.csv", _rating_tables, read_ratings),
    Reader("crops", "changed", _crops, _read_crops),
    Reader("checkpoint", "changed", _checkpoints, _read_checkpoint),
    Reader("video", "a.mkv", _videos, _read_video),
    Reader("qoi", "a.qoi", _qoi_pictures, _read_qoi),
    Reader("settings", "changed.toml", _settings, lambda path: read_toml(path, Preprocessing)),
)  # fmt: skip
