"""A text without end for the character model, drawn from a small grammar of English.

Python's own texts would do no better: its licence, its docstrings and its sources differ between
versions, and ``this`` has 856 characters. Of a grammar, the entropy is known, which no model's
validation loss falls below.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache
from random import Random

ALPHABET = " .abcdefghijklmnopqrstuvwxyz"
NOUNS = (
    "cat", "dog", "bird", "horse", "farmer", "pilot", "river", "garden", "window", "letter",
)  # fmt: skip
VERBS = ("see", "follow", "hear", "like", "paint", "find", "draw", "need")
ADJECTIVES = ("red", "quiet", "small", "heavy", "bright", "clever")
PREPOSITIONS = ("near", "behind", "under")
OPPOSITES = (
    "hot cold", "high low", "early late", "open shut", "strong weak", "wet dry", "rich poor",
    "loud quiet", "sweet sour", "thick thin", "fast slow", "full empty",
)  # fmt: skip
NUMBERS = ("zero", "one", "two", "three", "four", "five", "six")

GRAMMAR: Mapping[str, tuple[str, ...]] = {
    "SENTENCE": ("STATEMENT", "SUM", "OPPOSITE"),
    "STATEMENT": ("ONE THEM-ONE THING", "MANY THEM-MANY THING"),
    "THING": ("ONE", "MANY"),
    "ONE": ("the NOUN", "a ADJECTIVE NOUN", "the NOUN PLACE"),
    "MANY": ("the NOUNS", "ADJECTIVE NOUNS", "the NOUNS PLACE"),
    "PLACE": ("PREPOSITION the NOUN", "PREPOSITION the NOUNS"),
    "THEM-ONE": tuple(f"{verb}s" for verb in VERBS),
    "THEM-MANY": VERBS,
    "NOUN": NOUNS,
    "NOUNS": tuple(f"{noun}s" for noun in NOUNS),
    "ADJECTIVE": ADJECTIVES,
    "PREPOSITION": PREPOSITIONS,
    "OPPOSITE": tuple("the opposite of {} is {}".format(*pair.split()) for pair in OPPOSITES),
    "SUM": tuple(
        f"{NUMBERS[a]} and {NUMBERS[b]} make {NUMBERS[a + b]}"
        for a in range(len(NUMBERS))
        for b in range(len(NUMBERS) - a)
    ),
}
"""What each symbol becomes, every alternative as likely as the others; other words are text.

A verb agrees with a subject that stands up to three words before it, sums and opposites are facts
to be known by heart.
"""


def text(n_characters: int, seed: int) -> str:
    """So many characters of sentences that end with a full stop, a space between any two."""
    random = Random(seed)  # noqa: S311  its sequence is the same in every version of Python
    sentences: list[str] = []
    n = 0
    while n < n_characters:
        sentences.append(sentence(lambda n_choices: int(random.random() * n_choices)))
        n += len(sentences[-1]) + 1
    return " ".join(sentences)[:n_characters]


def sentence(choose: Callable[[int], int]) -> str:
    """A sentence; ``choose(n)`` says which of n alternatives is taken."""
    return " ".join(_expanded("SENTENCE", choose)) + "."


def entropy_per_character() -> float:
    """What a reader who knows the grammar can't foresee of a character, on average, in nats.

    No two derivations give the same sentence, so the entropy of derivations is that of sentences.
    """
    return _entropy("SENTENCE") / (_mean_length("SENTENCE") + len(". "))


def _expanded(symbol: str, choose: Callable[[int], int]) -> list[str]:
    if symbol not in GRAMMAR:
        return [symbol]
    alternatives = GRAMMAR[symbol]
    chosen = alternatives[choose(len(alternatives))]
    return [word for part in chosen.split() for word in _expanded(part, choose)]


@cache
def _entropy(symbol: str) -> float:
    """Nats of a derivation of the symbol."""
    if symbol not in GRAMMAR:
        return 0.0
    alternatives = GRAMMAR[symbol]
    of_parts = sum(_entropy(part) for chosen in alternatives for part in chosen.split())
    return math.log(len(alternatives)) + of_parts / len(alternatives)


@cache
def _mean_length(symbol: str) -> float:
    """Characters of the symbol's text, on average."""
    if symbol not in GRAMMAR:
        return float(len(symbol))
    lengths = [
        sum(_mean_length(part) for part in chosen.split()) + chosen.count(" ")
        for chosen in GRAMMAR[symbol]
    ]
    return sum(lengths) / len(lengths)
