"""A trial of a data set, as the model is given it: plot_trial.py DATASET PICTURE.png"""

import sys
from pathlib import Path

import matplotlib as mpl

mpl.use("agg")
import matplotlib.pyplot as plt
import numpy as np

from milmer_live import open_dataset
from milmer_live.config import Preprocessing
from milmer_live.processing.eeg.pipeline import preprocess
from milmer_live.samples import MODEL_CHANNELS

ref = open_dataset(Path(sys.argv[1])).refs[0]
settings = Preprocessing()
eeg = preprocess(ref.open(), settings)  # (n, 32) µV, filtered
seconds = np.arange(len(eeg)) / settings.window.sample_rate

figure, axes = plt.subplots(figsize=(10, 8), layout="constrained")
axes.plot(seconds, eeg + 60 * np.arange(len(MODEL_CHANNELS))[::-1], linewidth=0.5, color="0.2")
axes.set_yticks(60 * np.arange(len(MODEL_CHANNELS))[::-1], MODEL_CHANNELS)
axes.set(xlabel="seconds", title=f"{ref.name}, 60 µV from line to line")
figure.savefig(sys.argv[2], dpi=120)
