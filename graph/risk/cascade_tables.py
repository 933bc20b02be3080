"""What the cascade of organisations gives out: how much of the stack falls with each of them."""

from __future__ import annotations

from typing import ClassVar

from sources.columns import Table, column

_OF_ALL = "a part of all sales between firms of the stack"
_GRADE = "Part of the index that reaches the firms it hits along facts whose weakest grade is "


class Cascade(Table):
    """Economic systemic risk index: what part of the stack's sales is lost where an organisation closes with all that it makes."""

    table: ClassVar[str] = "risk.cascade"
    key: ClassVar[tuple[str, ...]] = ("organisation_id",)
    organisation_id: str = column("The organisation that closes")
    rank: int = column("1 the greatest risk; what is equal to a millionth shares a rank", "count")
    esri_low: float = column(
        "The least of the index within the bounds of the organisation's own shares, at eps 0.01, and of esri_finer", "fraction"
    )
    esri: float = column(f"Economic systemic risk index at central shares and eps 0.01: {_OF_ALL}", "fraction")
    esri_high: float = column(
        "The greatest of the index within the bounds of the organisation's own shares, at eps 0.01, and of esri_finer", "fraction"
    )
    esri_down: float = column(f"What is lost because it no longer delivers: {_OF_ALL}", "fraction")
    esri_up: float = column(f"What is lost because it no longer buys: {_OF_ALL}", "fraction")
    iterations: int = column("Rounds until no firm's production fell by more than 0.01", "count")
    esri_finer: float = column(
        "The index at central shares where the rounds end at eps 0.000001; where it is far from esri, that one was stopped early",
        "fraction",
    )
    rank_finer: int = column("Rank by that index", "count")
    iterations_finer: int = column("Rounds until no firm's production fell by more than 0.000001", "count")
    own_share: float = column(f"Its own sales to firms: {_OF_ALL}", "fraction")
    lines: int = column("Items and boards it makes that stand behind useful tokens", "count")
    valued_share: float = column(
        "Part of its sales whose value comes from quantities and prices, not from the assumed five per cent", "fraction"
    )
    primary_share: float = column(f"{_GRADE}primary", "fraction")
    secondary_share: float = column(f"{_GRADE}secondary", "fraction")
    derived_share: float = column(f"{_GRADE}derived", "fraction")
    estimate_share: float = column(f"{_GRADE}estimate", "fraction")
