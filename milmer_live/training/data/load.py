"""From a folder on disk to trials in memory: open, extract the faces that are missing, load."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from milmer_live import paths
from milmer_live.config import LabelRule, Preprocessing
from milmer_live.errors import ConfigError, DatasetError
from milmer_live.model.config import MilmerConfig
from milmer_live.storage.crops.files import TrialFaces
from milmer_live.storage.crops.store import (
    CropStore,
    ExtractionProgress,
)
from milmer_live.storage.dataset import RecordingRef, open_dataset
from milmer_live.storage.participants import unknown_people
from milmer_live.training.data.dataset import Trial, TrialSet, load_trials

# Open at once beside the crops of the trials: libraries, sockets, logs.
_OTHER_FILES = 256

Loaded = Callable[[int, int], None]


def open_trials(
    root: Path,
    chain: Preprocessing,
    rule: LabelRule,
    config: MilmerConfig,
    *,
    participants: Sequence[str] = (),
    protocol: str = "segment",
    extracting: Callable[[ExtractionProgress], None] | None = None,
    loaded: Loaded | None = None,
    noted: Callable[[Sequence[str]], None] | None = None,
) -> TrialSet:
    """All labelled trials of the data set in `root`, with what the network of `config` takes.
    Under a `protocol` that keeps people apart it has to be known who was recorded. `noted` is told
    what is odd about the data: a rate, a scale or a label that cannot be.

    Raises DatasetError, ConfigError where a participant is not in it, ModelError where faces
    have to be found and the detection model is missing.
    """
    dataset = open_dataset(root)
    refs = _chosen(dataset.refs, participants, root)
    if noted is not None and (problems := dataset.summary().problems):
        noted(problems)
    unknown = [ref.source for ref in refs if not ref.is_known]
    if unknown and protocol != "segment":
        raise unknown_people(unknown, root)
    faces_of = _faces(refs, chain, config, extracting) if config.uses_faces else _without
    trials: list[Trial] = []
    for done, trial in enumerate(load_trials(refs, chain, rule, faces_of), start=1):
        trials.append(trial)
        if loaded is not None:
            loaded(done, len(refs))
    if not trials:
        raise DatasetError(
            f"The label rule drops every trial of {root}.", "Choose another labels.at_threshold."
        )
    if config.modalities == "faces":
        trials = [trial for trial in trials if trial.has_faces]
    _refuse_faceless(trials, root, config)
    return TrialSet(_named_apart(trials), chain.window)


def _named_apart(trials: Sequence[Trial]) -> list[Trial]:
    """Trials of one name in several folders, with a number behind the second one's."""
    seen: Counter[str] = Counter()
    apart = []
    for trial in trials:
        seen[trial.name] += 1
        number = seen[trial.name]
        apart.append(trial if number == 1 else replace(trial, name=f"{trial.name} ({number})"))
    return apart


def _chosen(
    refs: Sequence[RecordingRef], participants: Sequence[str], root: Path
) -> tuple[RecordingRef, ...]:
    there = {ref.participant for ref in refs}
    unknown = sorted(set(participants) - there)
    if unknown:
        raise ConfigError(
            f"There is no participant {', '.join(unknown)} in {root}.",
            f"There are: {', '.join(sorted(there))}.",
        )
    return tuple(ref for ref in refs if not participants or ref.participant in participants)


def _without(ref: RecordingRef) -> TrialFaces | None:
    del ref
    return None


def _faces(
    refs: Sequence[RecordingRef],
    chain: Preprocessing,
    config: MilmerConfig,
    extracting: Callable[[ExtractionProgress], None] | None,
) -> Callable[[RecordingRef], TrialFaces | None]:
    with_video = sum(ref.has_video for ref in refs)
    _allow_open_files(with_video + _OTHER_FILES)
    store = CropStore(paths.cache_dir() / "crops", chain, config.image_size)
    if with_video:
        store.extract(refs, progress=extracting)
    return store.load


def _allow_open_files(count: int) -> None:
    """A memory map keeps its file open, and the usual limit is 1024 a process."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < count:
        top = count if hard == resource.RLIM_INFINITY else min(count, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, top), hard))


def _refuse_faceless(trials: Sequence[Trial], root: Path, config: MilmerConfig) -> None:
    if config.uses_faces and not any(trial.has_faces for trial in trials):
        raise DatasetError(
            f"There is not one face in {root}: no videos, or none with a face in view.",
            "Put the face videos there, or train on EEG alone: --set model.modalities=eeg.",
        )
