"""One of two processes that train together, whose clocks differ as much as clocks can.

torchrun --nproc-per-node 2 two_ranks.py FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from training_trials import make_trials

from milmer_live.model.network import Milmer
from milmer_live.training import trainer as fit
from milmer_live.training.data.dataset import Parts
from milmer_live.training.experiment import make_accelerator
from milmer_live.training.settings import TrainSettings
from milmer_live.training.splits.protocols import Fold

EPOCHS = 1000
SETTINGS = TrainSettings.model_validate(
    {
        "preset": "demo",
        "model": {
            "modalities": "eeg",
            "d_model": 8,
            "heads": 1,
            "feed_forward": 8,
            "encoder_layers": 1,
        },
        "split": {"protocol": "trial", "validation": 0},
        "epochs": EPOCHS,
        "batch_size": 2,
        "windows_per_epoch": 2,
        "save_every_s": 1.0,
        "loader_threads": 1,
    }
)


class _Clock:
    """Stands in for the module `time`: each look is `step` seconds later."""

    def __init__(self, step: float) -> None:
        self._step = step
        self._now = 0.0

    def monotonic(self) -> float:
        self._now += self._step
        return self._now


def main(folder: Path) -> None:
    accelerator = make_accelerator("float32", "cpu")
    rank = accelerator.process_index
    # Each epoch is long enough for a save on the first process, and never on the second.
    vars(fit)["time"] = _Clock(1.0 if rank == 0 else 1e-6)
    trials = make_trials(1, 4, faces=False)
    fold = Fold(name="all", train=tuple(t.name for t in trials.trials), validation=(), test=())
    windows = trials.select(fold.train, 3.0)
    parts = Parts(windows, windows[np.arange(0)], windows)
    network = Milmer(SETTINGS.network())
    trainer = fit.Trainer(network, trials, parts, SETTINGS, accelerator, folder / "state")
    saves = _counted(trainer)
    standing = trainer.run(fit.Silent())
    words = f"rank {rank} of {accelerator.num_processes}: {len(saves)} saves"
    sys.stdout.write(f"{words}, {standing.epochs_done} epochs\n")
    accelerator.end_training()


def _counted(trainer: fit.Trainer) -> list[int]:
    """Filled with the epochs done at each save."""
    saves: list[int] = []
    save = trainer._save

    def counted() -> None:
        save()
        saves.append(trainer.standing.epochs_done)

    trainer._save = counted  # type: ignore[method-assign]
    return saves


if __name__ == "__main__":
    main(Path(sys.argv[1]))
