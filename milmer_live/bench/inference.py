"""What a window costs: each face once and the rest at its end, against all ten faces anew.

All in one run on one network. The weights are drawn, not trained, unless a checkpoint is given:
time does not depend on them, but what a reduced precision does to the answers depends on nothing
else. So without a checkpoint no reduced precision counts as allowed, however fast it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import psutil
import torch
from torch import Tensor

from milmer_live.bench.machine import machine
from milmer_live.config import Preprocessing, WindowSettings
from milmer_live.live.inference.probe_windows import sample_windows
from milmer_live.model.backends.base import Precision
from milmer_live.model.backends.choose import (
    SCORED_WINDOWS,
    candidates,
)
from milmer_live.model.backends.precision_check import (
    LEAST_WINDOWS,
    Agreement,
)
from milmer_live.model.backends.torch_ import TorchBackend
from milmer_live.model.card import Card, CheckpointFile, new_card
from milmer_live.model.checkpoint import save
from milmer_live.model.config import MilmerConfig, preset
from milmer_live.model.mil import FaceScore
from milmer_live.model.network import Milmer
from milmer_live.model.predictor import Predictor
from milmer_live.processing.faces.detection import resize_crop
from milmer_live.processing.windows import WindowPlanner
from milmer_live.samples import FaceCrop, Float32, Window, frozen

HOPS = (2.0, 1.0, 0.5, 0.25, 13 / 128)  # 0.1 s is no whole number of samples at 128 Hz
BAGS = (5, 10, 20, 40)
CHANNELS = (8, 32, 64, 128)
EXPLAINED = 20  # windows
SEED = 7

Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Cost:
    """Medians and p99 over the windows, in milliseconds: a new face, a window once its faces
    are there (`decide`), and one more explanation of it. `windows_per_s` counts new faces and
    windows as a stream brings them, with the faces that are scored again beside a reduced
    precision (`scored_again` of them); `real_time_share` is what a stream at this hop takes."""

    windows: int
    faces: int
    scored_again: int
    windows_per_s: float
    real_time_share: float
    face_p50_ms: float
    face_p99_ms: float
    decide_p50_ms: float
    decide_p99_ms: float
    explain_p50_ms: float


def measure(
    name: str, checkpoint: Path | None, windows: int, plain_windows: int, *, tables: bool, say: Say
) -> dict[str, Any]:
    """All figures of the preset `name`, or of a checkpoint. Raises MilmerError."""
    with TemporaryDirectory() as folder:
        file = CheckpointFile.open(checkpoint or drawn(name, Path(folder)))
        return _measured(file, windows, plain_windows, checkpoint is not None, tables, say)


def drawn(name: str, folder: Path) -> Path:
    """A checkpoint of the preset `name` in `folder`, with weights that are drawn."""
    torch.manual_seed(SEED)
    network, card = _untrained(preset(name), WindowSettings())
    path = folder / f"{name}.safetensors"
    save(path, network, card.model_copy(update={"name": name}))
    return path


def _measured(
    file: CheckpointFile,
    windows: int,
    plain_windows: int,
    trained: bool,
    tables: bool,
    say: Say,
) -> dict[str, Any]:
    network, card = file.network(), file.card
    say(f"Making {windows} windows of synthetic participants ...")
    stream = sample_windows(card.preprocessing, windows)
    say(f"plain: all faces of {plain_windows} windows ...")
    plain, plain_s = _plain(network, card, stream[:plain_windows])
    result: dict[str, Any] = {
        "machine": machine() | {"threads": torch.get_num_threads()},
        "plain": {"windows": len(plain), "window_p50_ms": 1e3 * plain_s} | _rate(plain_s),
    }
    if card.config == preset("milmer"):
        say("published-code: ten passes and the large score ...")
        result["published_code"] = _published(stream, min(3, plain_windows))
    result |= _backends(file, stream, plain, plain_s, trained=trained, say=say)
    if tables:
        result["tables"] = _tables(card, say)
    return result


def _untrained(config: MilmerConfig, window: WindowSettings) -> tuple[Milmer, Card]:
    return Milmer(config).eval(), new_card(config, Preprocessing(window=window))


def _rate(seconds: float) -> dict[str, float]:
    return {"windows_per_s": 1 / seconds}


def _batch(config: MilmerConfig, window: Window) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    size = config.image_size
    faces = torch.zeros(1, config.bag_size, 3, size, size, dtype=torch.uint8)
    for slot, face in enumerate(window.faces):
        if face is not None:
            image = resize_crop(face.image, size).transpose(2, 0, 1)
            faces[0, slot] = torch.from_numpy(np.array(image))
    eeg = torch.from_numpy(np.array(window.eeg))[None]
    valid = torch.from_numpy(window.faces_valid)[None]
    return eeg, faces, torch.tensor([window.eeg_valid]), valid


def _plain(network: Milmer, card: Card, stream: Sequence[Window]) -> tuple[list[Float32], float]:
    """Probabilities by `Milmer.forward`, and the median seconds of a window."""
    answers, taken = [], []
    for number, window in enumerate((stream[0], *stream)):
        began = time.perf_counter()
        with torch.inference_mode():
            logits = network(*_batch(network.config, window)).logits
            probabilities = (logits / card.temperature).softmax(dim=1)[0].numpy()
        if number:  # the first warms up
            taken.append(time.perf_counter() - began)
            answers.append(probabilities)
    return answers, float(np.median(taken))


def _published(stream: Sequence[Window], count: int) -> dict[str, float]:
    """The public code's shapes and its way: a pass a face, then a score over all their tokens.

    Only the score is not drawn but constant: 1.4 G numbers would take a minute.
    """
    config = preset("published-code")
    network = Milmer(config.model_copy(update={"score": "mean_token"})).eval()
    with torch.device("meta"):
        score = FaceScore(config, network.faces.n_tokens)
    score.to_empty(device="cpu")
    for parameter in score.parameters():
        torch.nn.init.constant_(parameter, 1e-6)
    before = psutil.Process().memory_info().rss
    taken = []
    for window in (stream[0], *stream[:count]):
        began = time.perf_counter()
        with torch.inference_mode():
            eeg, faces, eeg_valid, valid = _batch(config, window)
            tokens = torch.cat([network.faces.backbone(face[None]) for face in faces[0]])
            network.classify(eeg, tokens[None], score(tokens)[None], eeg_valid, valid)
        taken.append(time.perf_counter() - began)
    seconds = float(np.median(taken[1:]))
    weights = sum(one.numel() for one in (*network.parameters(), *score.parameters()))
    return {
        "windows": float(count),
        "window_p50_ms": 1e3 * seconds,
        "resident_gib": before / 2**30,
        "parameters": float(weights),
        **_rate(seconds),
    }


def _backends(
    file: CheckpointFile,
    stream: Sequence[Window],
    plain: Sequence[Float32],
    plain_s: float,
    *,
    trained: bool,
    say: Say,
) -> dict[str, Any]:
    """Every backend and precision that works here, against plain and against fp32."""
    found: dict[str, Any] = {}
    exact: list[Float32] = []
    hop_s = file.card.preprocessing.window.hop_s
    notes: list[str] = []
    for predictor in _all(file, notes):
        label = predictor.backend.label
        say(f"{label} ...")
        cost, answers = _cost(predictor, stream, hop_s)
        exact = exact or answers
        agreement = Agreement.of(exact, answers)
        if trained and not agreement.allowed:
            predictor.learn_score_error(stream[:SCORED_WINDOWS])
            cost, answers = _cost(predictor, stream, hop_s)
            agreement = Agreement.of(exact, answers, predictor.score_error)
        difference = max(float(np.abs(a - b).max()) for a, b in zip(plain, answers, strict=False))
        found[label] = {
            **asdict(cost),
            "times_plain": cost.windows_per_s * plain_s,
            "largest_difference_from_plain": difference,
            "score_error": predictor.score_error,
            "same_quadrant_as_fp32": agreement.same_quadrant,
            "largest_difference_from_fp32": agreement.largest_difference,
            "allowed": "fp32" in label or (trained and agreement.allowed),
        }
    allowed = {label: one for label, one in found.items() if one["allowed"]}
    best = max(allowed, key=lambda label: float(allowed[label]["windows_per_s"]))
    fastest = max(found, key=lambda label: float(found[label]["windows_per_s"]))
    summary: dict[str, Any] = {
        "fastest": fastest,
        "fastest_times_plain": found[fastest]["times_plain"],
        "best_allowed": best,
        "best_times_plain": allowed[best]["times_plain"],
        "openvino": "installed" if find_spec("openvino") else "not installed",
    }
    if not trained:
        summary["note"] = "weights are drawn: no reduced precision is allowed"
    elif len(stream) < LEAST_WINDOWS:
        summary["note"] = f"fewer than {LEAST_WINDOWS} windows: no reduced precision is allowed"
    return {"backends": found, "summary": summary | {"failed": "; ".join(notes) or "none"}}


def _all(file: CheckpointFile, notes: list[str]) -> Iterator[Predictor]:
    """Warm predictors, those of PyTorch and fp32 first; one at a time in memory."""
    precisions: tuple[Precision, ...] = ("fp32", "bf16", "int8")
    makes = candidates("auto", notes)[::-1]
    for precision in precisions:
        for name, make in makes:
            try:
                predictor = Predictor(file.card, make(file, precision))
                predictor.warm_up()
            except (ImportError, RuntimeError) as error:
                notes.append(f"{name} {precision}: {error}")
                continue
            yield predictor


def _cost(
    predictor: Predictor, stream: Sequence[Window], hop_s: float
) -> tuple[Cost, list[Float32]]:
    """As live: a face when it comes, then its windows; explanations beside the count."""
    faces_s: list[float] = []
    again: list[int] = []
    windows_s: list[float] = []
    explained_s: list[float] = []
    answers: list[Float32] = []
    seen: set[tuple[int, float]] = set()
    predictor.forget()
    for window in stream:
        for face in filter(None, window.faces):
            key = (face.frame_index, face.time)
            if key not in seen:
                seen.add(key)
                before = predictor.scored_again
                faces_s.append(_seconds(partial(predictor.embed, face)))
                again.append(predictor.scored_again - before)
        began = time.perf_counter()
        prediction = predictor.predict(window)
        windows_s.append(time.perf_counter() - began)
        answers.append(prediction.probabilities)
        if len(explained_s) < EXPLAINED:
            explain = partial(predictor.explain, window, int(prediction.quadrant))
            explained_s.append(_seconds(explain))
    # Runs of windows begin with a whole bag; a stream brings `hop` worth of faces a window.
    a_window = _new_faces(stream) * _typical(faces_s, again) + float(np.median(windows_s))
    cost = Cost(
        windows=len(stream),
        faces=len(faces_s),
        scored_again=sum(again),
        windows_per_s=1 / a_window,
        real_time_share=a_window / hop_s,
        face_p50_ms=_ms(faces_s, 50),
        face_p99_ms=_ms(faces_s, 99),
        decide_p50_ms=_ms(windows_s, 50),
        decide_p99_ms=_ms(windows_s, 99),
        explain_p50_ms=_ms(explained_s, 50),
    )
    return cost, answers


def _typical(faces_s: Sequence[float], again: Sequence[int]) -> float:
    """Seconds of a face: the mean over the medians of those after which none, one, two, ... were
    scored again. One median over all would not see them."""
    if not faces_s:
        return 0.0
    taken, counts = np.array(faces_s), np.array(again)
    return float(sum(np.median(taken[counts == n]) * np.mean(counts == n) for n in set(again)))


def _new_faces(stream: Sequence[Window]) -> float:
    """Faces of a window that the one before it had not, on average; without the first of each
    run, which has none before it."""
    counts = []
    for before, window in pairwise(stream):
        known = {(face.frame_index, face.time) for face in before.faces if face}
        new = [face for face in window.faces if face]
        fresh = sum((face.frame_index, face.time) not in known for face in new)
        if before.start < window.start:
            counts.append(fresh)
    return float(np.mean(counts)) if counts else 0.0


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _ms(seconds: Sequence[float], percent: float) -> float:
    return 1e3 * float(np.percentile(seconds, percent)) if len(seconds) else 0.0


def _tables(card: Card, say: Say) -> dict[str, list[dict[str, float]]]:
    """The cost as the work grows, on PyTorch in fp32: hop, bag and channels, one at a time."""
    config = card.config
    tables: dict[str, list[dict[str, float]]] = {"hop_s": [], "bag_size": [], "channels": []}
    for hop_s in HOPS:
        tables["hop_s"].append(_row(config, "hop_s", hop_s, hop_s, say))
    for bag in BAGS:
        changed = config.model_copy(update={"bag_size": bag, "top_k": min(config.top_k, bag)})
        tables["bag_size"].append(_row(changed, "bag_size", bag, 0.5, say))
    for channels in CHANNELS:
        changed = config.model_copy(update={"n_channels": channels})
        tables["channels"].append(_row(changed, "channels", channels, 0.5, say))
    return tables


def _row(config: MilmerConfig, name: str, value: float, hop_s: float, say: Say) -> dict[str, float]:
    say(f"{name} {value:g} ...")
    length_s = config.n_times / config.sample_rate
    window = WindowSettings(
        length_s=length_s, hop_s=hop_s, bag_size=config.bag_size, sample_rate=config.sample_rate
    )
    network, card = _untrained(config, window)
    predictor = Predictor(card, TorchBackend(network))
    predictor.warm_up()
    cost, _ = _cost(predictor, _noise(config, window, 20), hop_s)
    return {name: value, **asdict(cost)}


def _noise(config: MilmerConfig, window: WindowSettings, count: int) -> list[Window]:
    """Windows in a row with a face in each slot: time does not depend on what they show."""
    rng = np.random.default_rng(SEED)
    planner = WindowPlanner(window)
    (sample,) = sample_windows(Preprocessing(), 1)
    pool = [face for face in sample.faces if face is not None]
    slots = range(planner.slots(count - 1).stop)
    faces = {
        slot: FaceCrop(pool[slot % len(pool)].image, pool[0].box, slot * window.slot_s, slot)
        for slot in slots
    }
    eeg = rng.normal(0, 20, (config.n_times, config.n_channels)).astype(np.float32)
    return [planner.assemble(index, frozen(eeg), faces) for index in range(count)]
