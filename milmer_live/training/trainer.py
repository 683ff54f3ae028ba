"""The training loop: one process on a CPU or a GPU, or many through accelerate."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import torch
from accelerate import Accelerator
from torch import Tensor

from milmer_live.errors import ConfigError, MilmerError
from milmer_live.model.network import Milmer
from milmer_live.samples import Quadrant
from milmer_live.training.data.augment import keys_of
from milmer_live.training.data.batches import (
    Batch,
    Collate,
    Loader,
    epoch_order,
    in_steps,
)
from milmer_live.training.data.dataset import (
    Parts,
    Samples,
    TrialSet,
)
from milmer_live.training.evaluate import predict
from milmer_live.training.forward import BatchForward, judged
from milmer_live.training.frozen_backbone import FrozenBackbone
from milmer_live.training.resume import (
    EpochRecord,
    Standing,
    State,
    Tensors,
    load_state,
    optimizer_tensors,
    restore_optimizer,
    save_state,
)
from milmer_live.training.settings import OptimizerSettings, TrainSettings


class TrainingDiverged(MilmerError):
    """The loss is no longer a number."""


class Watch(Protocol):
    """Who is told how it goes."""

    def candidate(self, number: int, count: int, changes: Mapping[str, object]) -> None:
        """Another of the combinations that a search tries begins; counted from 1."""
        ...

    def begin(self, epoch: int, epochs: int, steps: int) -> None: ...

    def step(self, totals: Tensor) -> None:
        """A step is done; `totals` (3,): windows, summed loss, right answers of the epoch."""
        ...

    def end(self, record: EpochRecord) -> None: ...


class Silent:
    """Nobody watches."""

    def candidate(self, number: int, count: int, changes: Mapping[str, object]) -> None:
        del number, count, changes

    def begin(self, epoch: int, epochs: int, steps: int) -> None:
        del epoch, epochs, steps

    def step(self, totals: Tensor) -> None:
        del totals

    def end(self, record: EpochRecord) -> None:
        del record


def learning_rate(settings: OptimizerSettings, step: int, steps: int) -> float:
    """Linear rise over the first `warmup_steps`, then half a cosine to `final_rate` of it."""
    if step < settings.warmup_steps:
        return settings.learning_rate * (step + 1) / settings.warmup_steps
    done = (step - settings.warmup_steps) / max(1, steps - settings.warmup_steps)
    cosine = (1 + math.cos(math.pi * min(1.0, done))) / 2
    return settings.learning_rate * (settings.final_rate + (1 - settings.final_rate) * cosine)


def class_weights(labels: Tensor) -> Tensor:
    """(4,) one over the frequency, so that the mean over these labels is 1."""
    counts = torch.bincount(labels, minlength=len(Quadrant)).clamp(min=1)
    weights = 1 / counts.double()
    return (weights / weights[labels].mean()).float()


class Trainer:
    """Fits `network` to the training windows of `parts`; `state_path` is where it can go on.
    `frozen` is the network's backbone where that does not learn.

    Raises ConfigError when there are fewer windows than processes, TrainingDiverged when the
    loss is not finite.
    """

    def __init__(
        self,
        network: Milmer,
        trials: TrialSet,
        parts: Parts,
        settings: TrainSettings,
        accelerator: Accelerator,
        state_path: Path,
    ) -> None:
        self.network = network.to(accelerator.device)
        self.settings = settings
        self._trials = trials
        self._parts = parts
        self._accelerator = accelerator
        self._state_path = state_path
        self._collate = Collate(trials, network.config, settings.augment, settings.seed)
        self.frozen: FrozenBackbone | None = None
        if settings.freeze_backbone:
            self.frozen = FrozenBackbone(network.faces.backbone, settings.kept_tokens_gb)
        self._optimizer = torch.optim.AdamW(
            [parameter for parameter in network.parameters() if parameter.requires_grad],
            lr=settings.optimizer.learning_rate,
            weight_decay=settings.optimizer.weight_decay,
        )
        self._weights = self._class_weights()
        self._best: Tensors = {}
        self.standing = Standing()

    def run(self, watch: Watch) -> Standing:
        """Train to the end, from the saved state if there is one. The network then holds the
        weights that `settings.keep` asks for."""
        self._resume()
        forward = BatchForward(self.network, self.frozen)
        model, optimizer = self._accelerator.prepare(forward, self._optimizer)
        saved = time.monotonic()
        finished = self._finished()
        while not finished:
            record = self._epoch(model, optimizer, watch)
            self._account(record)
            watch.end(record)
            due = time.monotonic() - saved >= self.settings.save_every_s
            finished, due = self._as_main_says(self._finished(), due)
            if finished or due:
                self._save()
                saved = time.monotonic()
        if self._best:
            self.network.load_state_dict(self._best)
        self._accelerator.free_memory(model, optimizer)
        self.network.eval()
        return self.standing

    def steps(self, epoch: int) -> list[Samples]:
        """This process' share of each step of an epoch."""
        settings = self.settings
        order = epoch_order(
            self._parts.train,
            settings.clip_windows,
            settings.seed,
            epoch,
            settings.windows_per_epoch,
        )
        accelerator = self._accelerator
        try:
            return in_steps(
                order, settings.batch_size, accelerator.process_index, accelerator.num_processes
            )
        except ValueError as error:
            raise ConfigError(
                f"A step has too few windows: {error}.", "Use fewer processes or a larger batch."
            ) from error

    def loader(self, epoch: int) -> Loader:
        """The batches of an epoch, built ahead; in page-locked memory where there is a GPU."""
        pin = self._accelerator.device.type == "cuda"

        def build(samples: Samples) -> Batch:
            batch = self._collate(samples, epoch)
            return batch.pinned() if pin else batch

        return Loader(self.steps(epoch), build, self.settings.loader_threads)

    def _epoch(self, model: Any, optimizer: Any, watch: Watch) -> EpochRecord:
        epoch = self.standing.epochs_done
        started = time.monotonic()
        seeds = keys_of(self.settings.seed, epoch, self._accelerator.process_index)
        torch.manual_seed(int(seeds[0]) >> 1)
        loader = self.loader(epoch)
        watch.begin(epoch, self.settings.epochs, len(loader))
        model.train()
        totals = torch.zeros(3, device=self._accelerator.device)
        for number, batch in enumerate(loader):
            rate = self._set_rate(epoch * len(loader) + number, len(loader))
            totals += self._step(model, optimizer, batch.to(self._accelerator.device))
            watch.step(totals)
        windows, loss, right = self._accelerator.reduce(totals, reduction="sum").tolist()
        if not math.isfinite(loss):
            raise TrainingDiverged(
                f"The loss of epoch {epoch + 1} is not a number.",
                "Lower optimizer.learning_rate or set optimizer.grad_clip to 1.",
            )
        judged_loss, judged_accuracy = self._validate()
        seconds = time.monotonic() - started
        return EpochRecord(
            epoch=epoch,
            learning_rate=rate,
            loss=loss / windows,
            accuracy=right / windows,
            validation_loss=judged_loss,
            validation_accuracy=judged_accuracy,
            seconds=seconds,
            samples_per_s=windows / seconds,
        )

    def _step(self, model: Any, optimizer: Any, batch: Batch) -> Tensor:
        """(3,): windows, summed loss, right answers of this process' share.

        The loss is the mean over the whole step: DistributedDataParallel averages gradients, so
        a share is counted against the step's size and not its own.
        """
        optimizer.zero_grad(set_to_none=True)
        logits = model(batch)
        losses = torch.nn.functional.cross_entropy(
            logits.float(),
            batch.labels,
            weight=self._weights,
            label_smoothing=self.settings.label_smoothing,
            reduction="none",
        )
        size = min(self.settings.batch_size, len(self._parts.train))
        self._accelerator.backward(losses.sum() / size * self._accelerator.num_processes)
        if self.settings.optimizer.grad_clip:
            self._accelerator.clip_grad_norm_(model.parameters(), self.settings.optimizer.grad_clip)
        optimizer.step()
        right = (logits.detach().argmax(1) == batch.labels).sum()
        return torch.stack([right.new_tensor(len(batch)), losses.detach().sum(), right])

    def _set_rate(self, step: int, steps_per_epoch: int) -> float:
        rate = learning_rate(self.settings.optimizer, step, self.settings.epochs * steps_per_epoch)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        return rate

    def _class_weights(self) -> Tensor | None:
        if not self.settings.class_weights:
            return None
        labels = torch.from_numpy(self._trials.labels(self._parts.train))
        return class_weights(labels).to(self._accelerator.device)

    def _validate(self) -> tuple[float | None, float | None]:
        """Cross-entropy and accuracy of the validation part, with all the network can use."""
        if not len(self._parts.validation):
            return None, None
        everything = judged(self.network)[:1]
        answers = predict(
            self.network,
            self._trials,
            self._parts.validation,
            self._accelerator,
            everything,
            self.frozen,
        )
        logits = torch.from_numpy(answers.logits[everything[0]])
        labels = torch.from_numpy(answers.labels)
        loss = torch.nn.functional.cross_entropy(logits, labels)
        return float(loss), float((logits.argmax(1) == labels).float().mean())

    def _account(self, record: EpochRecord) -> None:
        best = self.standing.best_loss
        better = record.validation_loss is None or best is None or record.validation_loss < best
        if better and self.settings.keep == "best" and record.validation_loss is not None:
            self._best = {
                name: value.detach().to("cpu", copy=True)
                for name, value in self.network.state_dict().items()
            }
        self.standing = Standing(
            history=(*self.standing.history, record),
            best_epoch=record.epoch if better else self.standing.best_epoch,
            best_loss=record.validation_loss if better else best,
        )

    def _finished(self) -> bool:
        done = self.standing.epochs_done
        waited = done - 1 - self.standing.best_epoch
        out_of_patience = bool(self.settings.patience) and waited >= self.settings.patience
        return done >= self.settings.epochs or (done > 0 and out_of_patience)

    def _as_main_says(self, finished: bool, due: bool) -> tuple[bool, bool]:
        """What the main process decides, in all processes. Clocks differ: if each process asked its
        own, one could wait at the barrier of a save for another that is in the next epoch."""
        if self._accelerator.num_processes == 1:
            return finished, due
        told = torch.tensor([finished, due], device=self._accelerator.device, dtype=torch.uint8)
        torch.distributed.broadcast(told, src=0)
        finished, due = told.bool().tolist()
        return finished, due

    def _save(self) -> None:
        if self._accelerator.is_main_process:
            save_state(
                self._state_path,
                State(
                    self.standing,
                    self.network.state_dict(),
                    self._best,
                    optimizer_tensors(self._optimizer),
                ),
            )
        self._accelerator.wait_for_everyone()

    def _resume(self) -> None:
        state = load_state(self._state_path)
        if state is not None:
            self.network.load_state_dict(state.network)
            restore_optimizer(self._optimizer, state.optimizer)
            self._best = state.best
            self.standing = state.standing
