"""What chokepoint analysis gives out: single points of failure, minimal cut sets, and how much each event matters."""

from __future__ import annotations

from typing import ClassVar, Literal

from sources.columns import Table, column, optional

_BY = "What fails as one: an offer, an organisation, an owner with all its firms, a country with all offers in it"
_GRADE = "Weakest grade of the facts that the best-evidenced account of the failure rests on"


class Spof(Table):
    """A single point of failure: its loss alone stops the target in the end."""

    table: ClassVar[str] = "risk.spof"
    key: ClassVar[tuple[str, ...]] = ("target", "by", "event")
    target: str = column("What is stopped: item:... or board:...")
    by: Literal["offer", "organisation", "owner", "country"] = column(_BY)
    event: str = column("What is lost")
    stops_first: str = column("The thing nearest to the target of which it takes all supply")
    path: str = column("How the loss travels, from the event to the target")
    steps: int = column("Requirements between that thing and the target", "count")
    grade: Literal["primary", "secondary", "derived", "estimate"] = column(_GRADE)


class MinCutSet(Table):
    """A minimal cut set: these losses together stop the target, no fewer of them do."""

    table: ClassVar[str] = "risk.min_cut_set"
    key: ClassVar[tuple[str, ...]] = ("target", "by", "events")
    target: str = column("What is stopped")
    by: Literal["offer", "organisation", "owner", "country"] = column(_BY)
    events: str = column("What is lost, joined with ' + '")
    order: int = column("How many losses it takes", "count")
    probability: float = column("That all of them happen, from the events' placeholder probabilities", "fraction")
    grade: Literal["primary", "secondary", "derived", "estimate"] = column(_GRADE)


class TopProbability(Table):
    """The probability of the target's loss, and how much each event matters to it. A relative measure: no event's is known."""

    table: ClassVar[str] = "risk.top_probability"
    key: ClassVar[tuple[str, ...]] = ("target", "by", "event")
    target: str = column("What is lost")
    by: Literal["offer", "organisation", "owner", "country"] = column(_BY)
    event: str = column("An event it depends on")
    top_probability: float = column("Probability that the target is lost, exact for independent events", "fraction")
    event_probability: float = column("Placeholder probability of the event", "fraction")
    birnbaum: float = column("Probability that this event decides: the slope of the top probability", "fraction")
    fussell_vesely: float = column("Part of the top probability that goes away if this event cannot happen", "fraction")
    is_single_point: bool = column("True where its loss alone stops the target")
    grade: str | None = optional(_GRADE + ", over the listed cut sets it is in; empty where it is in none of them")
