"""Named layouts: where the electrodes of caps are that number them, or do not name them at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from pydantic import Field

from milmer_live.config import Frozen, read_toml
from milmer_live.errors import ConfigError
from milmer_live.paths import resource
from milmer_live.processing.channels.site_names import (
    canonical,
    is_site,
)

LAYOUTS = tuple(sorted(file.stem for file in resource("layouts").glob("*.toml")))  # their names
MOST_OF_THEM = 0.9  # share of the labels that a layout has to have


class _LayoutFile(Frozen):
    """`electrodes` are sites of the 10-05 system by the cap's names; or the cap has places of its
    own, as `montage` of MNE has them, and counts them in `rows`: "A32" is A1 to A32."""

    title: str
    electrodes: dict[str, str] = Field(default_factory=dict)
    montage: str = ""
    is_spherical: bool = False
    rows: tuple[str, ...] = ()
    reference: str = ""

    @property
    def counted(self) -> list[str]:
        """The names of electrodes that have places of their own."""
        rows = [(row.rstrip("0123456789"), row) for row in self.rows]
        found = [
            f"{letter}{number}"
            for letter, row in rows
            for number in range(1, int(row.removeprefix(letter)) + 1)
        ]
        return found + ([self.reference] if self.reference else [])


@dataclass(frozen=True, slots=True)
class Layout:
    """`electrodes`: from the cap's own names, in order and in lower case, to sites: of the 10-05
    system ("fp1"), or of the layout itself ("egi-128/e22"), as `electrodes.directions` knows
    them."""

    name: str
    title: str
    electrodes: dict[str, str]
    names: dict[str, str]  # of the same electrodes, as they are usually written
    reference: str = ""  # the one of them that may not be sent

    def places(self, labels: Sequence[str]) -> tuple[tuple[str, str], ...] | None:
        """Name and site of each of the EEG channels called `labels`: by their labels where the
        layout has them, else by their order where it has as many, its reference (which may not
        be sent) counted or not. One that it does not have keeps
        its label and is nowhere. None where it fits neither way."""
        bare = [label.strip().lower() for label in labels]
        renamed = {name.lower(): label for label, name in self.names.items()}
        if 2 * sum(label in renamed for label in bare) >= len(labels) > 0:
            bare = [renamed.get(label, label) for label in bare]  # by this layout, before
        if sum(label in self.electrodes for label in bare) < MOST_OF_THEM * len(labels):
            every = list(self.electrodes)
            counted = [label for label in every if label != self.reference]
            orders = {len(order): order for order in (counted, every)}
            if len(labels) not in orders:
                return None
            bare = orders[len(labels)]
        return tuple(
            (self.names.get(label, sent), self.electrodes.get(label, ""))
            for label, sent in zip(bare, labels, strict=True)
        )

    def is_named_by(self, labels: Sequence[str]) -> bool:
        """Whether all of its electrodes are among `labels`, by name; but for a reference that is
        called by its site."""
        counted = {label for label in self.electrodes if not is_site(label)}
        return bool(counted) and counted <= {label.strip().lower() for label in labels}


def find_layout(name: str) -> Layout:
    """Raises ConfigError for one that is not there."""
    wanted = name.strip().lower()
    if wanted not in LAYOUTS:
        raise ConfigError(f"There is no layout '{name}'.", f"Choose one of: {', '.join(LAYOUTS)}.")
    return _layout(wanted)


def proposed(labels: Sequence[str]) -> tuple[str, ...]:
    """Names of layouts all of whose electrodes `labels` count, the largest alone: "A1" to "B32"
    are 64 of BioSemi's, and not 32 and others beside."""
    lettered = [label for label in labels if label.strip()[-1:].isdecimal() and label[:1].isalpha()]
    if not lettered:
        return ()
    fitting = [one for one in map(_layout, LAYOUTS) if one.is_named_by(lettered)]
    most = max((len(one.electrodes) for one in fitting), default=0)
    return tuple(one.name for one in fitting if len(one.electrodes) == most)


@cache
def _layout(name: str) -> Layout:
    file = read_toml(resource("layouts") / f"{name}.toml", _LayoutFile)
    if not file.montage:
        known = {label.lower(): canonical(site) for label, site in file.electrodes.items()}
        names = {label.lower(): site for label, site in file.electrodes.items()}
        return Layout(name, file.title, known, names)
    labels = {label.lower(): label for label in file.counted}
    places = {label: f"{name}/{label}" for label in labels}
    return Layout(name, file.title, places, labels, file.reference.lower())


def montage_of(name: str) -> tuple[str, bool]:
    """MNE's montage of a layout that has places of its own, and whether it is on a sphere."""
    file = read_toml(resource("layouts") / f"{name}.toml", _LayoutFile)
    return file.montage, file.is_spherical
