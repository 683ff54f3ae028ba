"""Random streams that depend on what they are for, and on nothing else: the same participant
comes out whichever process draws it, and whatever was drawn before."""

from __future__ import annotations

import zlib

import numpy as np


def random_stream(seed: int, participant: int, purpose: str, trial: int = 0) -> np.random.Generator:
    """The stream of one `purpose` (a word) of one participant, or of one of its trials."""
    return np.random.default_rng([seed, participant, zlib.crc32(purpose.encode()), trial])
