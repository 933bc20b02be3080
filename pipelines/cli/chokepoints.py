"""`stackgraph chokepoints` and `stackgraph cutsets ITEM`: what stops an item or board, and what that rests on.

The boards on sale and the headline items are read from the published tables; anything else is computed from the published records.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graph.names import called as ids_called
from graph.names import spoken
from pipelines.cli.errors import Unusable, unknown
from pipelines.cli.facts import sourced
from pipelines.cli.open import published
from pipelines.cli.output import say, show, show_most
from pipelines.stack import Stack

if TYPE_CHECKING:
    import pandas as pd

CORE = ("item", "board", "offer", "share", "requirement", "organisation", "country", "site", "parameter")
WHAT = {
    "offer": "single offers",
    "organisation": "organisations",
    "owner": "owners, each with all its firms",
    "country": "countries, each with all that is made in it",
    "seat": "countries, each with all that firms supply whose owners sit in it",
    "grid": "grid regions",
}
VIEWS = {"org": ("organisation", "owner"), "offer": ("offer",), "country": ("country",), "seat": ("seat",)}
"""In which views an event of this kind is met: owners are organisations too."""
NAMES = """
select 'org:' || organisation_id, name from core.organisation union all select 'country:' || country, name from core.country
union all select 'seat:' || country, 'firms seated in ' || name from core.country
union all select 'item:' || item_id, name from core.item union all select 'board:' || board_id, name from core.board
union all select 'site:' || site_id, name from core.site
union all select 'offer:' || f.offer_id, g.name || coalesce(' in ' || c.name, '') || ' (' || i.name || ')'
from core.offer f join core.organisation g using (organisation_id) join core.item i using (item_id) left join core.country c on c.country = f.country
"""
ASSUMED = (
    "a thing stops when all its known suppliers are lost: suppliers nobody names keep nothing alive (`--loss 50%` lets them)",
    "stock and installed tools delay all this and prevent none of it: how long is `stackgraph stress` and `stackgraph disrupt`",
    "every loss is taken as equally likely (1%): importance compares structures with each other and forecasts nothing",
    "by country a firm without a published split works where its headquarters are (grade estimate); a board is made where its designer has accelerators made",
)


@dataclass(frozen=True)
class Question:
    """What is asked: which target, what fails as one, and how much of its supply is lost when it counts as stopped (None: all)."""

    target: str
    by: str
    loss: float | None
    max_order: int = 2


def show_cut_sets(item: str, by: str, loss: str | None, max_order: int, limit: int, format: str) -> None:
    """What sets of losses stop an item or board."""
    stack = published()
    _, cuts, _ = answered(stack, Question(node(stack, item), by, fraction(loss), max_order))
    show_most(list(cuts.columns), rows(cuts), format, limit)


def show_chokepoints(item: str, by: str, loss: str | None, limit: int, format: str) -> None:
    """An analyst's page; as JSON or CSV its single points of failure."""
    stack = published()
    asked = Question(node(stack, item), by, fraction(loss))
    spof, cuts, matters = answered(stack, asked)
    if format != "table":
        show_most(list(spof.columns), rows(spof), format, limit)
        return
    names = dict(stack.rows(NAMES)[1])
    names |= {event: f"{event.removeprefix('grid:')} (grid)" for event in matters["event"] if event.startswith("grid:")}
    stops = "stops it" if asked.loss is None else f"takes {asked.loss:.0%} or more of its supply"
    say(f"{names.get(asked.target, asked.target)} ({asked.target}): what {stops}, by {WHAT[by]}. {standing(stack, asked.target)}")
    say()
    plain = asked.target.partition(":")[2]
    if not len(spof):
        say(f"SINGLE POINTS OF FAILURE: none. {nothing_alone(stack, asked, plain, stops)}")
    else:
        say(f"SINGLE POINTS OF FAILURE: the loss of any one of these {len(spof)} {stops}. Nearest first.")
        show(*singles(spof, names), "table")
        say("WHAT THAT RESTS ON, from what is lost to the target:")
        facts = list(dict.fromkeys(fact for text in spof["evidence"] for fact in text.split("; ")))
        columns, found = sourced(stack, facts)
        show_most(columns[1:-1], [row[1:-1] for row in found], "table", 2 * limit)
    pairs = cuts[cuts["order"] == 2].sort_values(["supply_lost", "events"], ascending=[False, True], ignore_index=True)
    if len(pairs):
        say(f"PAIRS that do it, though neither of the two does ({len(pairs)}), and the part of its supply that goes with both:")
        told = [(" + ".join(names.get(e, e) for e in p.events.split(" + ")), lost(p), p.grade) for p in pairs.itertuples()]
        show_most(["both lost", "supply lost", "grade"], told, "table", limit)
    else:
        say("PAIRS: none. No two losses do it together where neither does alone.")
        say()
    if len(matters):
        say(
            "WHAT MATTERS MOST, all losses alike in likelihood: Birnbaum, the chance that it decides; Fussell-Vesely, its part of the risk."
        )
        matters = matters.sort_values(["is_single_point", "supply_lost", "birnbaum", "event"], ascending=[False, False, False, True])
        said = [
            (names.get(m.event, m.event), m.is_single_point, lost(m), m.birnbaum, m.fussell_vesely, m.grade) for m in matters.itertuples()
        ]
        show_most(["lost", "single point", "supply lost", "birnbaum", "fussell_vesely", "grade"], said, "table", limit)
    if by not in ("country", "seat", "grid"):
        places, _, _ = answered(stack, Question(asked.target, "country", asked.loss, 1))
        if len(places):
            number = "one stops" if len(places) == 1 else f"{len(places)} stop"
            say(f"COUNTRIES: {number} it alone, if all that is made there is lost.")
            show(*singles(places, names), "table")
        else:
            say("COUNTRIES: none stops it alone.")
            say()
    say("ASSUMED")
    for line in ASSUMED:
        say(f"  - {line}")
    first = f" · stackgraph explain spof:{plain}/{named_briefly(spof['event'].iloc[0])}" if len(spof) and asked.loss is None else ""
    part = "" if asked.loss is None else f" --loss {asked.loss:.4g}"
    other = "" if asked.loss is not None else f" · stackgraph chokepoints {plain} --by {by} --loss 30%"
    say(f"next        stackgraph cutsets {plain} --by {by}{part} --max-order 3{other}{first}")


def named_briefly(event: str) -> str:
    """'org:asml' -> 'asml', as `show_evidence` reads it; where the kind tells one view from another it stays: 'seat:USA'."""
    kind, _, name = event.partition(":")
    return name if kind in ("org", "country") else event


def nothing_alone(stack: Stack, asked: Question, plain: str, stops: str) -> str:
    """What to say of a target that no single loss stops: how many it takes, and how to list them."""
    kind = "grid region" if asked.by == "grid" else asked.by
    order = least_order(stack, asked)
    if order is None:
        return f"No {kind} alone {stops}, and no set of those known does."
    part = "" if asked.loss is None else f" --loss {asked.loss:.0%}"
    return f"No {kind} alone {stops}: it takes {order} together. `stackgraph cutsets {plain} --by {asked.by}{part} --max-order {order}` lists which."


def least_order(stack: Stack, asked: Question) -> int | None:
    """The fewest losses that stop the target; None where no set of them does."""
    from graph.risk.cutsets import minimal_cut_sets
    from graph.risk.supply_things import Records
    from graph.risk.supply_tree import supply_tree

    tree = supply_tree(Records(core(stack)), asked.target, asked.by, asked.loss).tree  # type: ignore[arg-type]
    return min(minimal_cut_sets(tree, asked.target).by_order, default=None)


def show_evidence(what: str, limit: int, format: str) -> None:
    """The facts behind a single point of failure: 'gb200_nvl72/asml', 'board:h100/country:TWN'."""
    stack = published()
    item, slash, event = what.partition("/")
    if not slash:
        raise Unusable(f"spof: takes a target and what is lost, such as spof:gb200_nvl72/asml; got {what!r}")
    target = node(stack, item)
    kind = event.partition(":")[0] if ":" in event else ""
    known: list[str] = []
    for by in VIEWS.get(kind, ("organisation", "owner", "country")):
        spof, _, _ = answered(stack, Question(target, by, None, 1))
        found = spof[spof["event"].isin([event, f"org:{event}", f"country:{event}"])]
        if len(found):
            break
        known += [named_briefly(e) for e in spof["event"]]
    else:
        raise unknown(f"single point of failure of {target}", event, set(known))
    one = found.iloc[0]
    if format == "table":
        say(f"{one['event']} stops {target} (grade {one['grade']}): {one['path']}")
    facts = one["evidence"].split("; ")
    show_most(*sourced(stack, facts), format, limit)


def singles(spof: pd.DataFrame, names: dict[str, str]) -> tuple[list[str], list[tuple[str, ...]]]:
    """The single points of failure, those that stop the same thing below each other."""
    said = []
    before = ""
    for s in spof.sort_values(["steps", "stops_first", "event"]).itertuples():
        thing = called(s.stops_first, names)
        share = "" if s.share_central is None or s.share_central != s.share_central else spread(s.share_low, s.share_central, s.share_high)
        way = " > ".join(called(step, names) for step in s.path.split(" > ")[2:])
        said.append(("" if thing == before else thing, names.get(s.event, s.event), share, lost(s), s.grade, way))
        before = thing
    return ["it stops", "what is lost", "its share", "supply lost", "grade", "and through that"], said


def called(name: str, names: dict[str, str]) -> str:
    """'item:hbm3e by org:micron' -> 'HBM3E by Micron'."""
    thing, _, makers = name.partition(" by ")
    return names.get(thing, thing) + (" by " + " or ".join(names.get(m, m) for m in makers.split(" or ")) if makers else "")


def lost(row: object) -> str:
    """The part of the target's supply that goes, as a range."""
    return spread(*(getattr(row, column) for column in ("supply_lost_low", "supply_lost", "supply_lost_high")))


def spread(low: float, central: float, high: float) -> str:
    """0.85, 0.9, 0.95 -> '90% (85-95)'."""
    low, central, high = (min(value, 1.0) for value in (low, central, high))
    return f"{central:.0%}" if round(low, 2) == round(high, 2) else f"{central:.0%} ({100 * low:.0f}-{100 * high:.0f})"


def standing(stack: Stack, target: str) -> str:
    """One line on what the target is and what it needs."""
    kind, _, plain = target.partition(":")
    if kind == "board":
        ((status, designer, foundry),) = stack.rows("select status, designer, foundry from core.board where board_id = ?", [plain])[1]
        return f"A board ({status}), designed by {designer}" + (f", made by {foundry}." if foundry else ".")
    needs = "select count(*) from core.requirement where consumer_id = ? and status = 'current' and essentiality = 'essential'"
    ((layer,),) = stack.rows("select layer from core.item where item_id = ?", [plain])[1]
    ((number,),) = stack.rows(needs, [plain])[1]
    return f"An item of the layer {layer} with {number} requirements that it cannot do without."


def answered(stack: Stack, asked: Question) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Single points of failure, cut sets and importance: published where they are, computed where not."""
    if asked.loss is None and asked.max_order <= 2 and is_published(stack, asked):
        where = [asked.target, asked.by]
        spof = stack.sql('select * from risk.spof where target = ? and "by" = ? order by steps, event', where)
        cuts = stack.sql('select * from risk.min_cut_set where target = ? and "by" = ? order by "order", events', where)
        matters = stack.sql('select * from risk.top_probability where target = ? and "by" = ? order by birnbaum desc, event', where)
        return spof, cuts[cuts["order"] <= asked.max_order], matters
    return computed(stack, asked)


def is_published(stack: Stack, asked: Question) -> bool:
    there = stack.rows("select count(*) from duckdb_tables() where schema_name = 'risk' and table_name = 'top_probability'")[1][0][0]
    return bool(there) and bool(
        stack.rows('select count(*) from risk.top_probability where target = ? and "by" = ?', [asked.target, asked.by])[1][0][0]
    )


def computed(stack: Stack, asked: Question) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """`graph.risk.chokepoints.chokepoints` on the published records."""
    from graph.risk.chokepoints import chokepoints
    from graph.risk.fault_tree import FaultTreeError
    from graph.risk.supply_things import Records

    try:
        found = chokepoints(Records(core(stack)), asked.target, asked.by, asked.max_order, asked.loss)  # type: ignore[arg-type]
    except FaultTreeError as error:
        raise Unusable(str(error)) from None
    if asked.by == "grid" and found.supply.tree.events and asked.loss is None:
        known = sum(s.share or 0.0 for thing in found.supply.things.values() for group in thing.suppliers for s in group)
        raise Unusable(
            f"--by grid needs --loss, such as --loss 5%: the grid of only {known:.0%} of the running capacity is known, so that no loss of grids "
            "is known to stop all of it"
        )
    if asked.by == "grid" and not found.supply.tree.events:
        raise Unusable(
            f"no site stands behind {asked.target}, so that no grid region can stop it: the records place sites on grids, not suppliers; "
            "--by grid answers for what sites give, such as accelerator_hour, token and useful_token"
        )
    return found.spof, found.min_cut_set, found.top_probability


def core(stack: Stack) -> dict[str, pd.DataFrame]:
    """The published records that chokepoints follow from."""
    from pipelines.warehouse import tidy

    return {name: tidy(stack.sql(f"select * from core.{name}")) for name in CORE}


def rows(frame: pd.DataFrame) -> Sequence[tuple[object, ...]]:
    """Rows as they are printed: nothing where a figure is missing."""
    plain = frame.astype(object).where(frame.notna(), None)
    return [tuple(row) for row in plain.to_numpy(dtype=object).tolist()]


def fraction(text: str | None) -> float | None:
    """'30%' and '0.3' -> 0.3."""
    if text is None:
        return None
    try:
        value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        value = float("nan")
    if not 0 < value <= 1:
        raise Unusable(
            f"--loss takes the part of the supply whose loss counts as a stop, above 0 and up to 1, such as 0.3 or 30%; got {text!r}"
        )
    return value


def node(stack: Stack, name: str) -> str:
    """'gb200_nvl72' and 'GB200 NVL72 rack' -> 'item:gb200_nvl72', 'h100' -> 'board:h100'."""
    kind, colon, plain = name.partition(":")
    plainly: list[str] = []
    for one in ("item", "board"):
        rows = stack.rows(f"select {one}_id, name from core.{one}")[1]
        plainly += [i for i, _ in rows]
        found = ids_called(*zip(*rows, strict=True)).get(spoken(plain if colon and kind == one else name))
        if found is not None:
            return f"{one}:{found}"
    raise elsewhere(stack, name) or unknown("item or board", name, plainly)


def elsewhere(stack: Stack, name: str) -> Unusable | None:
    """Who asks for the chokepoints of a firm or a country means another question: which one that is."""
    kind, colon, plain = name.partition(":")
    asked = (plain if colon and kind in ("org", "country") else name).casefold()
    for prefix, table, column in (("org", "organisation", "organisation_id"), ("country", "country", "country")):
        query = f"select {column}, name from core.{table} where ? in (lower({column}), lower(name)) order by 1"
        for one, called in stack.rows(query, [asked])[1]:
            what = "an organisation" if prefix == "org" else "a country"
            cascade = f"`stackgraph cascade {one}` says whom its loss hits, " if prefix == "org" else ""
            return Unusable(
                f"{called} ({prefix}:{one}) is {what}, and an item or board is expected; {cascade}`stackgraph disrupt {prefix}:{one}` says "
                "what is short then, and when"
            )
    return None
