"""Is training bound by the network, and not by reading? Both measured in one run."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from milmer_live.bench.machine import machine
from milmer_live.model.config import MilmerConfig, preset
from milmer_live.model.mil import FaceScore
from milmer_live.model.network import Milmer
from milmer_live.storage.crops.store import CropStore
from milmer_live.storage.dataset import open_dataset
from milmer_live.synthetic.dataset import (
    SynthesisOptions,
    synthesize,
)
from milmer_live.training.data.batches import (
    Batch,
    Collate,
    Loader,
    epoch_order,
    in_steps,
)
from milmer_live.training.data.dataset import (
    TrialSet,
    load_trials,
)
from milmer_live.training.forward import BatchForward
from milmer_live.training.settings import TrainSettings

SEED = 7
TRIALS = 4
EPOCHS_READ = 8  # of the loader, so that it runs for seconds


@dataclass(frozen=True, slots=True)
class TrainingFigures:
    """Windows a second that the loader gives and that training steps take, and their ratio;
    parameters of the score of a bag, ours and the published one."""

    preset: str
    batch_size: int
    steps_timed: int
    loader_windows_per_s: float
    training_windows_per_s: float
    loader_over_training: float
    peak_gpu_gib: float
    score_parameters: int
    published_score_parameters: int
    score_share: float


def measure(
    folder: Path, preset_name: str, steps: int, say: Callable[[str], object]
) -> dict[str, Any]:
    """The figures of a preset on data that is synthesized into `folder`. Raises MilmerError."""
    settings = TrainSettings(preset=preset_name)
    say("Making a small data set and its face crops ...")
    trials = _trials(folder, settings)
    samples = trials.samples(settings.train_hop_s)
    order = epoch_order(samples, settings.clip_windows, settings.seed, 0)
    batches = in_steps(order, settings.batch_size)
    full = [one for one in batches if len(one) == settings.batch_size]
    collate = Collate(trials, settings.network(), settings.augment, settings.seed)
    say("Reading ...")
    loader_rate = _loader_rate(Loader(full * EPOCHS_READ, collate, settings.loader_threads))
    say(f"Training {steps} steps of '{preset_name}' ...")
    training_rate, peak_gib = _training_rate(settings, [collate(one) for one in full[:2]], steps)
    ours, published = (
        score_parameters(settings.network()),
        score_parameters(preset("published-code")),
    )
    figures = TrainingFigures(
        preset=preset_name,
        batch_size=settings.batch_size,
        steps_timed=steps,
        loader_windows_per_s=loader_rate,
        training_windows_per_s=training_rate,
        loader_over_training=loader_rate / training_rate,
        peak_gpu_gib=peak_gib,
        score_parameters=ours,
        published_score_parameters=published,
        score_share=ours / published,
    )
    return {"machine": machine(), "figures": asdict(figures)}


def score_parameters(config: MilmerConfig) -> int:
    """Of the network that scores a face, without allocating it."""
    with torch.device("meta"):
        tokens = (config.image_size // 32) ** 2  # Swin halves the map five times
        return sum(parameter.numel() for parameter in FaceScore(config, tokens).parameters())


def _trials(folder: Path, settings: TrainSettings) -> TrialSet:
    """Of a data set of its own in `folder`: the user's cache stays as it is."""
    synthesize(folder / "data", 1, TRIALS, SEED, SynthesisOptions(fps=10))
    refs = open_dataset(folder / "data").refs
    store = CropStore(folder / "crops", settings.chain(), settings.network().image_size)
    store.extract(refs)
    trials = load_trials(refs, settings.chain(), settings.labels, store.load)
    return TrialSet(list(trials), settings.preprocessing.window)


def _loader_rate(loader: Loader) -> float:
    """Windows a second of all batches but the first, which starts the threads."""
    batches = iter(loader)
    next(batches)
    began, windows = time.perf_counter(), 0
    for batch in batches:
        windows += len(batch)
    return windows / (time.perf_counter() - began)


def _training_rate(
    settings: TrainSettings, batches: list[Batch], steps: int
) -> tuple[float, float]:
    """Windows a second of whole training steps, and the GPU memory they take at most."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(SEED)
    network = Milmer(settings.network()).to(device).train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=settings.optimizer.learning_rate)
    model = BatchForward(network)
    ready = [batch.to(device) for batch in batches]
    _step(model, optimizer, ready[0])  # allocates, and warms up
    began, windows = _now(device), 0
    for number in range(steps):
        batch = ready[number % len(ready)]
        _step(model, optimizer, batch)
        windows += len(batch)
    rate = windows / (_now(device) - began)
    peak = torch.cuda.max_memory_allocated() / 2**30 if device.type == "cuda" else 0.0
    return rate, peak


def _step(model: BatchForward, optimizer: torch.optim.Optimizer, batch: Batch) -> None:
    optimizer.zero_grad(set_to_none=True)
    with torch.autocast(batch.labels.device.type, torch.bfloat16, batch.labels.is_cuda):
        logits = model(batch)
    torch.autograd.backward(torch.nn.functional.cross_entropy(logits.float(), batch.labels))
    optimizer.step()


def _now(device: torch.device) -> float:
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter()
