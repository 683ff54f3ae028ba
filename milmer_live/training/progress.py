"""How a training is seen while it runs: a bar with loss, accuracy, samples/s and time left, one
line an epoch, and TensorBoard's log."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from torch import Tensor

from milmer_live.storage.crops.store import ExtractionProgress
from milmer_live.training.resume import EpochRecord

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

# Reading a loss from a GPU waits for it, so the bar does it this often and not each step.
REFRESH_S = 0.5
MOST_PROBLEMS = 10  # of the data that are printed before a training


class ScreenWatch:
    """Shows and logs one fold. A line an epoch stays on the screen; the bar goes."""

    def __init__(self, console: Console, title: str, log_folder: Path) -> None:
        self._console = console
        self._logs = self._log_folder = log_folder
        self._log: SummaryWriter | None = None
        self._progress = Progress(
            TextColumn(title),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[words]}"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._task: TaskID | None = None
        self._epochs = 0
        self._began = 0.0
        self._read = 0.0

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()
        if self._log is not None:
            self._log.close()

    def candidate(self, number: int, count: int, changes: Mapping[str, object]) -> None:
        """A line, a bar and a log of its own."""
        words = ", ".join(f"{name} = {value}" for name, value in changes.items())
        self._console.print(f"Candidate {number} of {count}: {words}", highlight=False)
        if self._task is not None:
            self._progress.remove_task(self._task)
            self._task = None
        if self._log is not None:
            self._log.close()
            self._log = None
        self._log_folder = self._logs / f"candidate-{number:02d}"

    def begin(self, epoch: int, epochs: int, steps: int) -> None:
        """The bar covers all epochs, so that the time left is that of the whole fold."""
        self._epochs = epochs
        self._began = self._read = time.monotonic()
        if self._task is None:
            self._task = self._progress.add_task("", total=epochs * steps, words="")
            self._progress.update(self._task, completed=epoch * steps)

    def step(self, totals: Tensor) -> None:
        if self._task is None:
            return
        self._progress.advance(self._task)
        if time.monotonic() - self._read >= REFRESH_S:
            self._progress.update(self._task, words=self._words(totals))
            self._read = time.monotonic()

    def _words(self, totals: Tensor) -> str:
        seen, loss, right = totals.tolist()
        rate = seen / (time.monotonic() - self._began)
        return f"loss {loss / seen:.3f}  accuracy {right / seen:.3f}  {rate:.0f} samples/s"

    def end(self, record: EpochRecord) -> None:
        self._console.print(epoch_line(record, self._epochs), highlight=False, soft_wrap=True)
        log = self._writer()
        for name, value in record.model_dump(exclude={"epoch"}, exclude_none=True).items():
            log.add_scalar(_LOG_NAMES.get(name, name), value, record.epoch)
        log.flush()

    def _writer(self) -> SummaryWriter:
        """TensorBoard is imported late: it takes seconds."""
        if self._log is None:
            from torch.utils.tensorboard import SummaryWriter

            self._log = SummaryWriter(str(self._log_folder))
        return self._log


_LOG_NAMES = {
    "loss": "loss/training",
    "validation_loss": "loss/validation",
    "accuracy": "accuracy/training",
    "validation_accuracy": "accuracy/validation",
}


def epoch_line(record: EpochRecord, epochs: int) -> str:
    """One epoch in one line."""
    judged = ""
    if record.validation_loss is not None and record.validation_accuracy is not None:
        judged = f"  validation {record.validation_loss:.3f} / {record.validation_accuracy:.3f}"
    return (
        f"epoch {record.epoch + 1:>3}/{epochs}  loss {record.loss:.3f}  "
        f"accuracy {record.accuracy:.3f}{judged}  {record.samples_per_s:.0f} samples/s  "
        f"{record.seconds:.1f} s"
    )


class LoadingBars:
    """Bars for what comes before the training: finding faces, reading trials."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def extracting(self, progress: ExtractionProgress) -> None:
        """Says what disk it takes before the first trial."""
        if not progress.total:
            return
        if progress.done == 0:
            self._console.print(str(progress.plan), highlight=False, soft_wrap=True)
        self._show("finding faces", progress.done, progress.total)

    def noted(self, problems: Sequence[str]) -> None:
        """What is odd about the data; `milmer-live inspect` has all of it."""
        for problem in problems[:MOST_PROBLEMS]:
            self._console.print(problem, highlight=False, markup=False, soft_wrap=True)
        if left := len(problems[MOST_PROBLEMS:]):
            self._console.print(f"… and {left} more: `milmer-live inspect` has them.")

    def loaded(self, done: int, total: int) -> None:
        self._show("reading trials", done, total)

    def _show(self, what: str, done: int, total: int) -> None:
        if what not in self._tasks:
            self._tasks[what] = self._progress.add_task(what, total=total)
        self._progress.update(self._tasks[what], completed=done)
