"""The grammar of the character model: the same text everywhere, and an entropy that is known."""

from __future__ import annotations

import hashlib
import itertools
import math
from random import Random

import pytest

from bench_service.workloads.char_model_text import (
    ADJECTIVES,
    ALPHABET,
    GRAMMAR,
    NOUNS,
    NUMBERS,
    PREPOSITIONS,
    VERBS,
    entropy_per_character,
    sentence,
    text,
)


def expansions(symbol):
    """Every text of a symbol, once for each way to it."""
    if symbol not in GRAMMAR:
        return [symbol]
    return [
        " ".join(parts)
        for alternative in GRAMMAR[symbol]
        for parts in itertools.product(*map(expansions, alternative.split()))
    ]


def test_the_text_is_the_same_bytes_in_every_version_of_python():
    """Written down from Python 3.11; random() alone is promised to stay as it is."""
    digest = hashlib.sha256(text(100_000, 0).encode()).hexdigest()
    assert digest == "67a037858bb6854134de329d5f0b73428f88d874a348874fe2ad938a4383a59c"


def test_another_seed_gives_another_text():
    assert text(200, 0) != text(200, 1)


def test_the_text_has_the_length_asked_for_and_no_character_beside_the_alphabet():
    found = text(5000, 3)
    assert len(found) == 5000
    assert set(found) <= set(ALPHABET)
    assert len(set(ALPHABET)) == len(ALPHABET) == 28


def test_the_first_of_all_alternatives_is_a_cat_that_sees_a_cat():
    assert sentence(lambda _n: 0) == "the cat sees the cat."


def test_sums_are_right():
    for written in GRAMMAR["SUM"]:
        left, _, right, _, total = written.split()
        assert NUMBERS.index(left) + NUMBERS.index(right) == NUMBERS.index(total)
    assert len(set(GRAMMAR["SUM"])) == 7 * 8 / 2


@pytest.mark.parametrize(
    ("symbol", "n"), [("ONE", 10 + 6 * 10 + 10 * 3 * 20), ("MANY", 670), ("OPPOSITE", 12)]
)
def test_no_two_derivations_give_the_same_words(symbol, n):
    found = expansions(symbol)
    assert len(found) == len(set(found)) == n


def test_a_statement_is_parted_by_its_verb_alone():
    verbs = {*VERBS, *(f"{verb}s" for verb in VERBS)}
    others = {"the", "a", *NOUNS, *(f"{noun}s" for noun in NOUNS), *ADJECTIVES, *PREPOSITIONS}
    assert not verbs & others


def test_the_entropy_is_what_drawn_sentences_say():
    """By the law of large numbers: -log p of 20,000 sentences over the characters they take."""
    random = Random(7)
    surprises, lengths = [], []
    for _ in range(20_000):
        choices = []

        def choose(n, choices=choices):
            choices.append(n)
            return random.randrange(n)

        lengths.append(len(sentence(choose)) + 1)
        surprises.append(sum(map(math.log, choices)))
    assert entropy_per_character() == pytest.approx(sum(surprises) / sum(lengths), rel=0.01)
