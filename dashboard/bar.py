"""Selectors that live in the address of the page: by name, with unknown names ignored aloud."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import streamlit as st

T = TypeVar("T")

WIDTH = 165
WIDE = 400
DEFAULTS = "defaults"
"""Where the defaults that were drawn last are kept, by key."""


@dataclass
class Bar:
    """A row of selectors, and what the address asked for in vain."""

    notices: list[str] = field(default_factory=list)

    def pick(
        self,
        label: str,
        options: Sequence[T],
        key: str,
        name: Callable[[T], str] = str,
        *,
        index: int = 0,
        width: int = WIDTH,
        is_default_of_page: bool = False,
    ) -> T:
        """One of the options. The key is the parameter of the address that holds it.

        ``is_default_of_page`` where each page has a default of its own: what nobody chose then
        changes with the page.
        """
        self.check(key, [name(option) for option in options])
        if is_default_of_page:
            index = _of_this_page(key, options, index)
        value = st.selectbox(
            label,
            options,
            index=index,
            format_func=name,
            key=key,
            bind="query-params",
            width=width,
        )
        return options[index] if value is None else value

    def pick_some(self, label: str, options: Sequence[str], key: str) -> tuple[str, ...]:
        """Some of the options; none chosen means all."""
        self.check(key, options)
        value = st.multiselect(
            label,
            options,
            key=key,
            bind="query-params",
            placeholder=f"all {len(options)}",
            width=WIDE,
        )
        return tuple(value)

    def toggle(self, label: str, options: Sequence[str], key: str, *, index: int = 0) -> str:
        """One of a few options that are all in sight."""
        self.check(key, options)
        value = st.segmented_control(
            label, options, default=options[index], key=key, bind="query-params"
        )
        return value or options[index]

    def check(self, key: str, known: Sequence[str]) -> None:
        """Remember the values that the address gives for a key and nobody knows."""
        for value in st.query_params.get_all(key):
            if value not in known:
                self.notices.append(f"The address asks for {key} “{value}”, which isn't here.")

    def tell(self) -> None:
        """Say what was ignored."""
        if self.notices:
            st.warning(" ".join([*self.notices, "It was ignored."]), icon=":material/link_off:")


def _of_this_page(key: str, options: Sequence[T], index: int) -> int:
    """The index of the default; the choice follows it where it was the last page's default."""
    defaults: dict[str, object] = st.session_state.setdefault(DEFAULTS, {})
    before, now = defaults.get(key), options[index]
    defaults[key] = now
    if before is None or before == now or st.session_state.get(key) != before:
        return index
    st.session_state[key] = now
    # Streamlit warns where a value is set twice, here and as a default other than the first.
    return 0
