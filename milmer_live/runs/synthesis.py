"""Making of synthetic participants, with a bar and a line that says what was made."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from milmer_live.synthetic.dataset import SynthesisOptions, synthesize


def write_participants(
    folder: Path,
    participants: int,
    trials: int,
    seed: int,
    options: SynthesisOptions,
    console: Console,
) -> None:
    """Raises ConfigError for impossible numbers, DatasetError where `folder` has content."""
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("Drawing and computing", total=None)
        synthesize(
            folder, participants, trials, seed, options,
            lambda done, total: bar.update(task, completed=done, total=total),
        )  # fmt: skip
    size_mb = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
    console.print(
        f"{folder}: {participants} participants x {trials} trials, {size_mb:.0f} MB, seed {seed}.",
        soft_wrap=True,
    )
