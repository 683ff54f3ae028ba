"""Another model while the stream goes on: loaded beside it, used from the next window on."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from milmer_live.catalogue import Code
from milmer_live.config import Preprocessing
from milmer_live.errors import ConfigError, MilmerError
from milmer_live.live.inference.worker import (
    InferenceWorker,
    Predictor,
)
from milmer_live.live.workers import Faults
from milmer_live.messages import Message

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class NewModel:
    """A predictor that is warm, and what it wants to be fed with."""

    predictor: Predictor
    preprocessing: Preprocessing


LoadModel = Callable[[], NewModel]


class ModelSwitch:
    """Loads one model at a time on a thread of its own. `feed` gets the preprocessing of the
    new one before it answers, and raises MilmerError where this run cannot feed it."""

    def __init__(
        self, worker: InferenceWorker, faults: Faults, feed: Callable[[Preprocessing], None]
    ) -> None:
        self.loading = ""
        self._worker = worker
        self._faults = faults
        self._feed = feed
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def begin(self, name: str, load: LoadModel) -> None:
        """Returns at once. Raises ConfigError while another model is being loaded."""
        with self._lock:
            if self.loading:
                raise ConfigError(
                    Message(Code.MODEL_LOADING, name=self.loading), Message(Code.WAIT_FOR_MODEL)
                )
            self.loading = name
        self._faults.clear("switch")
        if self._worker.awaits_model:
            self._worker.error = Message(Code.MODEL_NOT_READY, name=name)
        self._thread = threading.Thread(
            target=self._run, args=(name, load), name="model", daemon=True
        )
        self._thread.start()

    def join(self, timeout_s: float) -> None:
        """Wait for what is being loaded: a process that ends under it may crash."""
        if self._thread is not None:
            self._thread.join(timeout_s)

    def _run(self, name: str, load: LoadModel) -> None:
        try:
            new = load()
            self._feed(new.preprocessing)
            self._worker.switch(new.predictor)
            self._worker.error = ""
        except Exception as error:
            known = isinstance(error, MilmerError)
            told = str(error) if known else f"{type(error).__name__}: {error}."
            text = f"The model '{name}' is not used: {told}"
            self._worker.error = text
            self._faults.set("switch", text)
            log.exception("A model could not be loaded; the one before it goes on")
        finally:
            self.loading = ""
