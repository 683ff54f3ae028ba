"""Numbers that say how good predictions are, from labels and probabilities alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix, f1_score, precision_recall_fscore_support

from milmer_live.config import Frozen
from milmer_live.samples import Float64, Quadrant

N_CLASSES = len(Quadrant)
CHANCE = 1 / N_CLASSES
N_BINS = 10

_HIGH_VALENCE = np.array([quadrant.high_valence for quadrant in Quadrant])
_HIGH_AROUSAL = np.array([quadrant.high_arousal for quadrant in Quadrant])


class ClassScores(Frozen):
    """One quadrant's; `support` is how many windows truly are of it."""

    precision: float
    recall: float
    f1: float
    support: int


class ReliabilityBin(Frozen):
    """Predictions whose confidence is in one tenth of 0 to 1."""

    count: int
    confidence: float
    accuracy: float


class ParticipantScores(Frozen):
    count: int
    accuracy: float
    macro_f1: float


class Scores(Frozen):
    """All numbers of one set of predictions. `confusion` is [true][predicted], in windows.

    `majority` is the accuracy of always giving the answer that fits this set best.
    """

    count: int
    accuracy: float
    macro_f1: float
    valence_accuracy: float
    arousal_accuracy: float
    chance: float
    majority: float
    ece: float
    classes: dict[str, ClassScores]
    confusion: tuple[tuple[int, ...], ...]
    reliability: tuple[ReliabilityBin, ...]
    participants: dict[str, ParticipantScores]


def score(labels: NDArray[np.int64], probabilities: Float64, participants: Sequence[str]) -> Scores:
    """`labels` (n,), `probabilities` (n, 4), `participants` (n,) names. n must not be 0."""
    predicted = probabilities.argmax(axis=1)
    bins = reliability(labels, probabilities)
    return Scores(
        count=len(labels),
        accuracy=_share(predicted == labels),
        macro_f1=_macro_f1(labels, predicted),
        valence_accuracy=_share(_HIGH_VALENCE[predicted] == _HIGH_VALENCE[labels]),
        arousal_accuracy=_share(_HIGH_AROUSAL[predicted] == _HIGH_AROUSAL[labels]),
        chance=CHANCE,
        majority=float(np.bincount(labels, minlength=N_CLASSES).max() / len(labels)),
        ece=sum(b.count * abs(b.accuracy - b.confidence) for b in bins) / len(labels),
        classes=_classes(labels, predicted),
        confusion=tuple(map(tuple, _confusion(labels, predicted).tolist())),
        reliability=bins,
        participants=_by_participant(labels, predicted, np.asarray(participants)),
    )


def _share(hits: NDArray[np.bool_]) -> float:
    return float(hits.mean())


def _macro_f1(labels: NDArray[np.int64], predicted: NDArray[np.int64]) -> float:
    """The mean over the classes that occur, in truth or prediction (scikit-learn's default)."""
    return float(f1_score(labels, predicted, average="macro", zero_division=0.0))


def _confusion(labels: NDArray[np.int64], predicted: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.asarray(confusion_matrix(labels, predicted, labels=range(N_CLASSES)), np.int64)


def _classes(labels: NDArray[np.int64], predicted: NDArray[np.int64]) -> dict[str, ClassScores]:
    columns = precision_recall_fscore_support(
        labels, predicted, labels=range(N_CLASSES), zero_division=0.0
    )
    return {
        quadrant.name: ClassScores(
            precision=float(precision), recall=float(recall), f1=float(f1), support=int(support)
        )
        for quadrant, precision, recall, f1, support in zip(Quadrant, *columns, strict=True)
    }


def reliability(labels: NDArray[np.int64], probabilities: Float64) -> tuple[ReliabilityBin, ...]:
    """Ten bins of equal width over the confidence (Guo et al. 2017, arXiv 1706.04599)."""
    confidence = probabilities.max(axis=1)
    hit = probabilities.argmax(axis=1) == labels
    which = np.minimum((confidence * N_BINS).astype(int), N_BINS - 1)
    return tuple(_bin(confidence[which == k], hit[which == k], k) for k in range(N_BINS))


def _bin(confidence: Float64, hit: NDArray[np.bool_], index: int) -> ReliabilityBin:
    if not len(hit):
        return ReliabilityBin(count=0, confidence=(index + 0.5) / N_BINS, accuracy=0.0)
    return ReliabilityBin(
        count=len(hit), confidence=float(confidence.mean()), accuracy=float(hit.mean())
    )


def _by_participant(
    labels: NDArray[np.int64], predicted: NDArray[np.int64], names: NDArray[np.str_]
) -> dict[str, ParticipantScores]:
    table = {}
    for name in sorted(set(names.tolist())):
        mine = names == name
        table[name] = ParticipantScores(
            count=int(mine.sum()),
            accuracy=_share(predicted[mine] == labels[mine]),
            macro_f1=_macro_f1(labels[mine], predicted[mine]),
        )
    return table
