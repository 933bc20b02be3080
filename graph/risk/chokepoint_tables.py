"""What chokepoint analysis gives out: single points of failure, minimal cut sets, and how much each event matters."""

from __future__ import annotations

from typing import ClassVar, Literal

from sources.columns import Table, column, optional

View = Literal["offer", "organisation", "owner", "country", "seat", "grid"]
Grade = Literal["primary", "secondary", "derived", "estimate"]
_BY = (
    "What fails as one: an offer, an organisation, an owner with all its firms, a country with all that is made in it, a seat with all firms whose "
    "owners sit in that country, a grid region with its sites"
)
_GRADE = "Weakest grade of the facts that the best-evidenced account of the failure rests on"
_LOST = "part of the target's supply that is gone in the end, if none of the rest makes good for it"


class _Lost(Table):
    """How much of the target's supply a loss takes away, from the range of its shares."""

    supply_lost_low: float = column(f"At low shares, {_LOST}; supply of unknown share counts as nothing", "fraction")
    supply_lost: float = column(f"At central shares, {_LOST}", "fraction")
    supply_lost_high: float = column(
        f"At high shares, {_LOST}; a supplier of unknown share counts with all that the others leave", "fraction"
    )


class Spof(_Lost):
    """A single point of failure: its loss alone leaves the target without a known supplier of something it cannot do without."""

    table: ClassVar[str] = "risk.spof"
    key: ClassVar[tuple[str, ...]] = ("target", "by", "event")
    target: str = column("What is stopped: item:... or board:...")
    by: View = column(_BY)
    event: str = column("What is lost")
    stops_first: str = column("The thing nearest to the target of which it takes all known supply")
    share_low: float | None = optional("Lower bound of its share of that thing's supply", "fraction")
    share_central: float | None = optional("Its share of that thing's supply; empty where nobody publishes it", "fraction")
    share_high: float | None = optional("Upper bound of its share of that thing's supply", "fraction")
    path: str = column("How the loss travels, from the event to the target")
    steps: int = column("Requirements between that thing and the target", "count")
    grade: Grade = column(_GRADE)
    evidence: str = column(
        "The rows it rests on, joined with '; ': share:, requirement:, board: or site: and an id in the core table of that name"
    )


class MinCutSet(_Lost):
    """A minimal cut set: these losses together stop the target, no fewer of them do."""

    table: ClassVar[str] = "risk.min_cut_set"
    key: ClassVar[tuple[str, ...]] = ("target", "by", "events")
    target: str = column("What is stopped")
    by: View = column(_BY)
    events: str = column("What is lost, joined with ' + '")
    order: int = column("How many losses it takes", "count")
    probability: float = column("That all of them happen, from the events' placeholder probabilities", "fraction")
    grade: Grade = column(_GRADE)


class TopProbability(_Lost):
    """The probability of the target's loss, and how much each event matters to it. A relative measure: no event's is known."""

    table: ClassVar[str] = "risk.top_probability"
    key: ClassVar[tuple[str, ...]] = ("target", "by", "event")
    target: str = column("What is lost")
    by: View = column(_BY)
    event: str = column("An event it depends on")
    top_probability: float = column("Probability that the target is lost, exact for independent events", "fraction")
    event_probability: float = column("Placeholder probability of the event", "fraction")
    birnbaum: float = column("Probability that this event decides: the slope of the top probability", "fraction")
    fussell_vesely: float = column("Part of the top probability that goes away if this event cannot happen", "fraction")
    is_single_point: bool = column("True where its loss alone stops the target")
    grade: Grade = column(_GRADE + ", over the listed cut sets it is in; where it is in none of them, over all failures it plays a part in")
