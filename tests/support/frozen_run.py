"""Fold 0 of made-up trials with a frozen backbone, for `accelerate launch` too:
frozen_run.py RUN WEIGHTS."""

from __future__ import annotations

import sys
from pathlib import Path

from training_trials import TINY, make_trials

from milmer_live.training.data.dataset import TrialSet
from milmer_live.training.experiment import make_accelerator, splits_for, train_fold
from milmer_live.training.run_folder import (
    Run,
    describe,
)
from milmer_live.training.settings import TrainSettings
from milmer_live.training.trainer import (
    Silent,
    Watch,
)

# Blocks that a training in train mode would leave out at random.
NETWORK = {
    **TINY,
    "backbone_options": {**TINY["backbone_options"], "drop_path_rate": 0.5},
    "dropout": 0.0,  # two processes would draw other numbers than one
    "head_dropout": 0.0,
}


def settings(weights: Path) -> TrainSettings:
    return TrainSettings.model_validate(
        {
            "preset": "demo",
            "model": NETWORK,
            "backbone_weights": str(weights),
            "freeze_backbone": True,
            "split": {"protocol": "subject"},
            "epochs": 2,
            "batch_size": 16,
            "train_hop_s": 1.0,
            "optimizer": {"learning_rate": 5e-3, "grad_clip": 1.0},
            "save_every_s": 0,
        }
    )


def run_fold(
    path: Path,
    wanted: TrainSettings,
    trials: TrialSet,
    watch: Watch | None = None,
    precision: str = "float32",
) -> Run:
    accelerator = make_accelerator(precision, "cpu")
    with accelerator.main_process_first():
        run = Run.start(path, wanted, splits_for(wanted, trials), describe(Path("made"), trials))
        run.fold(0).path.mkdir(exist_ok=True)
    train_fold(run, 0, trials, accelerator, watch or Silent())
    return run


if __name__ == "__main__":
    run_fold(Path(sys.argv[1]), settings(Path(sys.argv[2])), make_trials())
