"""The table of published costs beside ours, declared."""

from __future__ import annotations

from typing import ClassVar, Literal

from sources.columns import Table, column, optional
from sources.records import Grade, PartialDate, Quantity, Relation, Scope


class PublishedComparison(Table):
    """What others have published that something costs, beside what the cost chain gives for the same thing."""

    table: ClassVar[str] = "cost.published_comparison"
    key: ClassVar[tuple[str, ...]] = ("published_id",)
    published_id: str = column("The publication's figure (core.published_cost, core.parameter, or core.price after 'price/')")
    quantity: Quantity = column("Kind of thing that costs this")
    scope: Scope = column("What of the cost chain is set beside it")
    measured: str = column("What is measured, in a word: rows with the same word are about the same thing")
    what: str = column("What was priced, and what the figure counts")
    relation: Relation = column(
        "same: the same quantity; bound: a price that should lie above our cost; input: ours rests on this publication"
    )
    board_id: str | None = optional("The board")
    item_id: str | None = optional("The item")
    model_id: str | None = optional("The model served")
    published_low: float = column("As published, lower bound; the figure itself where no range is given", "see unit")
    published_central: float = column("As published; the midpoint where a range alone is given", "see unit")
    published_high: float = column("As published, upper bound", "see unit")
    ours_low: float = column("Ours, 5th percentile over the ranges of all inputs", "see unit")
    ours_central: float = column("Ours, at central inputs", "see unit")
    ours_high: float = column("Ours, 95th percentile", "see unit")
    unit: str = column("Unit of all six")
    ratio: float = column("Ours over published, both central", "ratio")
    is_inside: bool = column("Whether the published figure lies in our range")
    ranges_overlap: bool = column("Whether its range and ours overlap")
    conflict: Literal["alone", "agrees", "conflicting", "moved"] = column(
        "How it stands to the other publications about the same thing: alone where there is none; conflicting where its span and that of one of "
        "them do not overlap; moved where more than a year lies between those that do not"
    )
    conflicts_with: str | None = optional("The publications that its span does not overlap, joined with ', '")
    rests_on: str = column("Steps of the bill that ours is made of, joined with ', ' (cost.price)")
    known_share: float = column("Part of ours that is set by primary or secondary figures", "fraction")
    difference: str | None = optional("Why the two may differ")
    as_of: PartialDate = column("Date the published figure holds for")
    source_id: str = column("The publication (core.source)")
    grade: Grade = column("How well the published figure is known")
    note: str | None = optional("What a reader must know of the published figure")


PUBLISHED_TABLES: tuple[type[Table], ...] = (PublishedComparison,)
