"""Sites of the 10-05 system in channel labels, whatever an amplifier writes around them."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from functools import cache, lru_cache

from milmer_live.paths import resource

# Names of the older 10-20 system for the same places (Jurcak et al. 2007).
SYNONYMS = {"t3": "t7", "t4": "t8", "t5": "p7", "t6": "p8"}

# Ears and mastoids have a place, but they are references, not scalp.
REFERENCES = frozenset({"a1", "a2", "m1", "m2"})

# "EEG Fp1-REF", "1-Fp1", "ch_Fp1", "Fp1 (uV)", "Fc5.", "TP9-l_ear".
_LABEL = re.compile(
    r"""(?:\d+[ _.:-]+)?                    # a running number
        (?:(?:EEG|channel|chan|ch)[ _.:-]*)?
        (?P<site>[a-z]{1,4}(?:z|\d{1,2}h?))
        (?:[ _-]+(?P<rest>[^(]*?))?          # a reference, or where else it is
        \s*(?:\((?:[uµμmn]|micro)?v(?:olts?)?\))?
        \.*""",
    re.IGNORECASE | re.VERBOSE,
)
_WORD = re.compile(r"[ _-]+")
# What is measured between two sites of the head, or is no EEG at all.
_OTHER = re.compile(r"e[ocm]g|ekg|trig|aux|acc|gyro|bip", re.IGNORECASE)
# "A1", "D32": rows of a cap that counts its electrodes by letters, as BioSemi's do.
_LETTERED = re.compile(r"([a-h])(\d{1,2})", re.IGNORECASE)
FEWEST_LETTERED = 16
LARGEST_NUMBER = 10  # in the names of sites
FEWEST_BEYOND = 2


@cache
def known_sites() -> frozenset[str]:
    """The 343 sites of the 10-05 system (Oostenveld & Praamstra 2001), in lower case."""
    text = (resource("heads") / "electrodes.json").read_text(encoding="utf-8")
    return frozenset(json.loads(text))


@lru_cache(maxsize=8192)
def canonical(label: str) -> str:
    """The site that `label` names, of the newer system and in lower case; where it names none,
    the label in lower case."""
    bare = label.strip().lower()
    return _site(bare) or SYNONYMS.get(bare, bare)


def is_site(label: str) -> bool:
    """Whether `label` names a place on the head."""
    return canonical(label) in known_sites()


def sites_of(labels: Sequence[str]) -> tuple[str, ...]:
    """The site of each of the EEG channels called `labels`, "" where it names none, or one that
    another names too.

    Pairs of sites are electrodes where all have one reference ("Fp1-Cz", "F3-Cz"), and bipolar
    leads, which are nowhere, where they have not. Labels that count electrodes by letters (see
    `counts_by_letters`) name none.
    """
    if counts_by_letters(labels):
        return ("",) * len(labels)
    found = [canonical(label) if is_site(label) else "" for label in labels]
    pairs = [_pair(label) for label in labels]
    references = {pair[1] for pair in pairs if pair is not None}
    if len(references) == 1:
        found = [site or (pair[0] if pair else "") for site, pair in zip(found, pairs, strict=True)]
    counts = Counter(found)
    return tuple(site if counts[site] == 1 else "" for site in found)


def are_bipolar(labels: Sequence[str]) -> bool:
    """Whether most of the channels are between two sites, which are not the same for all."""
    pairs = [pair for label in labels if (pair := _pair(label)) is not None]
    return 2 * len(pairs) > len(labels) and len({reference for _, reference in pairs}) > 1


def counts_by_letters(labels: Sequence[str]) -> bool:
    """Whether names such as "C3" are most likely numbers of a cap's electrodes and not sites of
    the 10-20 system: where they stand among many that can be no sites, such as "C30"."""
    lettered = [label.strip().lower() for label in labels if _LETTERED.fullmatch(label.strip())]
    unknown = [label for label in lettered if label not in known_sites()]
    beyond = sum(int(label[1:]) > LARGEST_NUMBER for label in unknown)
    return beyond >= FEWEST_BEYOND or (
        len(lettered) >= FEWEST_LETTERED and len(unknown) > len(lettered) / 2
    )


def _site(bare: str) -> str:
    """The site that a label in lower case names, by itself; "" where it names none."""
    match = _LABEL.fullmatch(bare)
    if match is None:
        return ""
    site = SYNONYMS.get(match["site"], match["site"])
    if site not in known_sites() or _is_second_site(match["rest"] or ""):
        return ""
    return "" if _OTHER.search(match["rest"] or "") else site


def _is_second_site(rest: str) -> bool:
    words = _WORD.split(rest)
    first = SYNONYMS.get(words[0], words[0])
    return first in known_sites() and first not in REFERENCES


def _pair(label: str) -> tuple[str, str] | None:
    """("fp1", "cz") of "Fp1-Cz"."""
    first, dash, second = label.strip().partition("-")
    if not (dash and is_site(first) and is_site(second)):
        return None
    return canonical(first), canonical(second)
