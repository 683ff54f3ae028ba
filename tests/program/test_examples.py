"""The examples run as they are, on what the program itself writes and sends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from places import ROOT
from PySide6.QtGui import QImage
from sessions import START, Amplifier, plan, prediction, recorder

import milmer_live
from milmer_live.live.publisher import Publisher
from milmer_live.samples import MODEL_CHANNELS, EEGInfo, Prediction, frozen
from milmer_live.storage.session.streams import Annotation
from milmer_live.synthetic.dataset import SynthesisOptions, synthesize

EXAMPLES = ROOT / "examples"


def example(name: str, *arguments: object) -> str:
    command = [sys.executable, str(EXAMPLES / f"{name}.py"), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_session_becomes_a_pandas_frame(tmp_path: Path) -> None:
    amplifier = Amplifier(EEGInfo("Amp", "id", MODEL_CHANNELS, 128.0))
    one = recorder(tmp_path, plan())
    one.write_eeg(amplifier.info, amplifier.chunk(1280))
    one.annotate(
        Annotation(id="a", kind="label", start=START + 1, stop=START + 3, valence=7, arousal=2)
    )
    one.write_prediction(prediction(0))
    one.start()
    one.stop()
    one.join(60)
    said = example("read_session", one.status.folder)
    assert "mean" in said
    assert "1.0 to 3.0 s: valence 7" in said
    assert "3.0 s: HAHV" in said


def test_predictions_are_read_over_lsl() -> None:
    publisher = Publisher(tuple)
    command = [sys.executable, str(EXAMPLES / "read_predictions.py"), "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as reader:
        try:
            assert publisher._predictions.wait_for_consumers(60)
            shares = frozen(np.array([0.7, 0.1, 0.1, 0.1], dtype=np.float32))
            publisher.publish(Prediction(0, 12.0, shares))
            said, _ = reader.communicate(timeout=60)
        finally:
            reader.kill()
            publisher.close()
    assert said.startswith("12.0: valence")


def test_a_trial_is_drawn(tmp_path: Path) -> None:
    synthesize(tmp_path / "data", 1, 1, seed=1, options=SynthesisOptions(fps=2, size=(64, 64)))
    example("plot_trial", tmp_path / "data", tmp_path / "trial.png")
    picture = QImage(str(tmp_path / "trial.png"))
    assert picture.width() == 1200
    assert picture.pixelColor(2, 2).lightness() > 250


def test_the_package_offers_them_and_nothing_that_is_not_there() -> None:
    assert set(milmer_live.__all__) <= {*dir(milmer_live), *milmer_live._HOMES}
    assert all(callable(getattr(milmer_live, name)) for name in milmer_live._HOMES)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        milmer_live.nothing  # noqa: B018
