"""Names for the channels of a stream, one each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import count

from milmer_live.processing.channels.site_names import canonical


def unique_names(labels: Sequence[str]) -> tuple[str, ...]:
    """One name a channel: its number where it has no label. Where several have the name of one
    electrode ("Cz" twice, or "T3" and "T7") each gets a number, so that none is taken for it."""
    shared = Counter(canonical(label) for label in labels if label)
    met: Counter[str] = Counter()
    taken = set(labels)
    names: dict[str, None] = {}  # in order
    for number, label in enumerate(labels, 1):
        place = canonical(label)
        met[place] += 1
        name = f"{label} ({met[place]})" if label and shared[place] > 1 else label or str(number)
        is_taken = name in names or (name != label and name in taken)
        names[_free(name, taken | names.keys()) if is_taken else name] = None
    return tuple(names)


def shared_labels(labels: Sequence[str]) -> tuple[str, ...]:
    """Those that name the place of another channel too."""
    shared = Counter(canonical(label) for label in labels if label)
    return tuple(sorted({one for one in labels if one and shared[canonical(one)] > 1}))


def _free(name: str, taken: set[str]) -> str:
    return next(one for n in count(2) if (one := f"{name} #{n}") not in taken)
