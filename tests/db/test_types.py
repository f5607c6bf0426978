"""Values come back from both databases as they went in; what can't is refused by name."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from db.errors import RefusedValueError
from db.tables import Activation, CiBenchmark, Hardware, TimingOutcome
from db.types import Document, FiniteFloat, PlainText, UtcTime, YesNo, canonical_json

SQLITE = None  # these types treat both databases alike

names = st.text(st.characters(codec="utf-8"), max_size=8)
leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**80), 2**80)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
)
documents = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)


def there_and_back(kind, value):
    return kind.process_result_value(kind.process_bind_param(value, SQLITE), SQLITE)


@given(documents)
def test_any_document_comes_back(document):
    assert there_and_back(Document(), document) == document


@given(st.dictionaries(names, leaves, max_size=6))
def test_equal_documents_have_one_text(document):
    backwards = dict(reversed(document.items()))
    assert canonical_json(document) == canonical_json(backwards)


def test_numpy_numbers_and_read_only_mappings_have_a_place_in_documents():
    from types import MappingProxyType

    document = MappingProxyType({"n": np.int64(3), "x": np.float64(0.5), "is": np.bool_(True)})
    assert canonical_json(document) == '{"is":true,"n":3,"x":0.5}'


@pytest.mark.parametrize("wrong", [math.nan, [math.inf], {"deep": {"er": -math.inf}}])
def test_documents_without_a_number_where_one_should_be_are_refused(wrong):
    with pytest.raises(ValueError, match="JSON"):
        canonical_json(wrong)


@given(st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29)), st.integers(-23 * 60, 23 * 60))
def test_moments_come_back_in_utc_to_the_microsecond(naive, minutes):
    moment = naive.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    back = there_and_back(UtcTime(), moment)
    assert back == moment
    assert back.tzinfo is UTC


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="no time zone"):
        UtcTime().process_bind_param(datetime(2026, 1, 1), SQLITE)


@pytest.mark.parametrize("value", [True, False, None])
def test_truth_values_come_back(value):
    assert there_and_back(YesNo(), value) is value


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_not_finite_are_refused(wrong):
    with pytest.raises(ValueError, match="finite"):
        FiniteFloat().process_bind_param(wrong, SQLITE)


@given(st.text(st.characters(), max_size=30))
def test_any_text_can_be_stored(text):
    stored = PlainText().process_bind_param(text, SQLITE)
    stored.encode("utf-8")
    assert "\x00" not in stored
    if "\x00" not in text and text.isprintable():
        assert stored == text


def _hardware(**changes):
    return {"fingerprint": "f", "label": "", "facts": {}} | changes


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(documents, st.text(st.characters(), max_size=30), st.floats(allow_nan=False))
def test_both_databases_give_back_what_they_were_given(store, document, text, number):
    with store.transaction() as connection:
        row = _hardware(label=text, facts=[document, number if math.isfinite(number) else None])
        connection.execute(Hardware.__table__.delete())
        connection.execute(insert(Hardware), row)
        label, facts = connection.execute(select(Hardware.label, Hardware.facts)).one()
    assert label == PlainText().process_bind_param(text, SQLITE)
    assert facts == row["facts"]


@pytest.mark.parametrize(
    ("table", "row"),
    [
        (Hardware, _hardware(facts={"load": math.nan})),
        (Hardware, _hardware(facts={"what": object()})),
        (Hardware, _hardware(label=None)),
        (Hardware, _hardware(id=2**63)),
        (Activation, {"name": "relu"}),
        (TimingOutcome, {"saved_bytes_per_element": math.nan}),
        (CiBenchmark, {"times_ns": np.zeros((2, 2))}),
    ],
)
def test_what_the_store_does_not_hold_is_refused_and_nothing_of_it_is_kept(store, table, row):
    with pytest.raises(RefusedValueError), store.transaction() as connection:  # noqa: PT012
        connection.execute(insert(Hardware), _hardware(fingerprint="before"))
        connection.execute(insert(table), row)
    with store.transaction(reads_only=True) as connection:
        assert connection.scalars(select(Hardware.id)).all() == []
