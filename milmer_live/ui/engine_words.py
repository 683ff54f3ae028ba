"""What the engine says in English, in the user's language where it is shown.

A recording keeps the engine's own sentences, the same in every language; so they are known here
by their form, and one of another form is shown as it is.
"""

from __future__ import annotations

import re

from milmer_live.ui.i18n import mark, tr

# Sentences by their form; what is in a group stays as it is.
FORMS: tuple[tuple[str, str], ...] = (
    (
        r"A filter at (?P<edge>\S+) Hz needs a stream of more than (?P<rate>\S+) Hz; .*",
        mark("A filter at {edge} Hz needs a stream of more than {rate} Hz: choose a lower one."),
    ),
)
_FORMS = tuple((re.compile(form, re.DOTALL), words) for form, words in FORMS)


def engine_words(text: str) -> str:
    """`text` of the engine in the user's language."""
    for form, words in _FORMS:
        found = form.fullmatch(text)
        if found is not None:
            return tr(words).format(**found.groupdict())
    return text
