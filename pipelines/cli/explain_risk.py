"""`stackgraph explain TABLE:KEY` of the risk tables: a row's figures, and the facts that they rest on.

`RISK` declares for each table its key, as an id names it, and which rows of the core tables its figures were computed from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.cli.errors import Unusable, unknown
from pipelines.cli.facts import Said, sourced, thing_of
from pipelines.cli.output import say, show, show_most
from pipelines.stack import Stack

Row = Mapping[str, Any]
ACCELERATOR = "ai_accelerator"
MANY = 20
"""So many rows are explained together; an id that names more must say more."""
IN_FULL = 3
"""So many rows are shown figure by figure."""


@dataclass(frozen=True)
class Rests:
    """How rows of a risk table are named, and what they rest on.

    key : the columns of which an id is made, in this order; any may be left out where the others tell enough
    facts : the core rows behind a row; after : what to ask next, with the row's columns in braces
    """

    key: tuple[str, ...]
    facts: Callable[[Said, Row], list[str]]
    after: str


def of_event(said: Said, row: Row) -> list[str]:
    """What the lost events supply of the things behind the target, nearest first, and the way from each to it."""
    ways = said.behind(thing_of(row["target"])[0])
    found: list[str] = []
    for event in (row.get("event") or row["events"]).split(" + "):
        kind, _, name = event.partition(":")
        held = said.held(holds("owner" if row["by"] == "owner" else kind, name))
        held |= {b["board_id"]: [f"board:{b['board_id']}"] for b in said.boards if kind == "org" and name in makers_of(b)}
        if kind == "grid":
            held["accelerator_hour"] = [f"site:{s['site_id']}" for s in said.sites if s["region"] == name]
        for thing, way in ways.items():
            if thing in held:
                found += [*held[thing], *way]
    return found


def holds(kind: str, name: str) -> Callable[[Row], bool]:
    """Whether a share is that of an organisation, an owner, the firms seated in a country, a country, or an offer."""
    if kind == "offer":
        maker, item = name.split("/")[:2]
        return lambda share: share["organisation_id"] == maker and share["item_id"] == item
    if kind in ("owner", "seat"):
        return lambda share: share[kind] == name
    if kind == "country":
        return lambda share: name in share["places"]
    return lambda share: share["organisation_id"] == name


def makers_of(board: Row) -> set[str]:
    """Who designs, makes and packages a board."""
    return {name for column in ("designer", "foundry", "packager") for name in (board[column] or "").split(";")}


def of_cascade(said: Said, row: Row) -> list[str]:
    """What the organisation makes, and who cannot do without that, step by step down to all that it hits."""
    name = row["organisation_id"]
    held = said.held(holds("org", name))
    boards = [b["board_id"] for b in said.boards if name in makers_of(b)]
    found = [fact for facts in held.values() for fact in facts] + [f"board:{b}" for b in boards]
    seen, ahead = {*held, *boards}, [*held, *boards]
    while ahead:
        stopped, ahead = set(ahead), []
        for consumer, needs in said.needs.items():
            facts = [
                n["fact"] for n in needs if n["input"] in stopped and (not n["makers"] or name in n["makers"] or n["input"] not in held)
            ]
            found += facts
            if facts and consumer not in seen:
                seen.add(consumer)
                ahead.append(consumer)
    return found


def of_scenario(said: Said, scenario: str, node: str) -> list[str]:
    """The shares (or sites) by which a scenario takes a node's capacity."""
    from graph.risk.scenario import library

    item, makers = thing_of(node)
    shocks = [shock for shock in library()[scenario].shocks if not shock.of_supply]

    def hit(share: Row) -> bool:
        at = {"item": {item}, "organisation": {share["organisation_id"]}, "owner": {share["owner"]}, "country": share["places"]}
        return any(all(at.get(place, set()) & set(ids) for place, ids in shock.where.items() if place in at) for shock in shocks)

    if node.startswith("site:"):
        return [node]
    if node.startswith("board:"):
        return made_by(said, item)
    if item == "accelerator_hour":
        return [f"site:{s['site_id']}" for s in said.sites if any(within(s, shock.where) for shock in shocks)]
    return said.shares(item, lambda share: (not makers or share["organisation_id"] in makers) and hit(share))


def made_by(said: Said, board_id: str) -> list[str]:
    """Who designs a board, and what of the accelerators' supply is theirs: it is made where theirs are."""
    designers = {name for b in said.boards if b["board_id"] == board_id for name in b["designer"].split(";")}
    classes = {item for item, part_of in said.items.items() if ACCELERATOR in (item, part_of)}
    shares = [s for item in sorted(classes) for s in said.supplies.get(item, []) if s["organisation_id"] in designers]
    return [f"board:{board_id}", *(f"share:{s['share_id']}" for s in shares)]


def within(site: Row, where: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether a site lies in the places that a shock names."""
    return all(site.get({"organisation": "operator"}.get(place, place)) in ids for place, ids in where.items() if place != "item")


def of_disruption(said: Said, row: Row) -> list[str]:
    """The shares by which the cause is hit, and each step of the way to the target."""
    from graph.risk.shortage import Way

    links = Way.read(row["path"]).links
    return [*of_scenario(said, row["scenario_id"], row["cause"]), *(f for user, source in reversed(links) for f in said.need(user, source))]


def of_stretch(said: Said, row: Row) -> list[str]:
    """The shares by which the cause is hit, and the shortest way from it to the target."""
    way = said.behind(thing_of(row["target"])[0]).get(thing_of(row["cause"])[0], [])
    return [*of_scenario(said, row["scenario_id"], row["cause"]), *way]


def of_place(said: Said, row: Row) -> list[str]:
    """All supply that lies in a country, or belongs to an owner or to the firms seated in a country, and the sites that are theirs or there."""
    operators = {"owner": said.owners, "seat": said.seats}.get(row["by"])
    sites = [f"site:{s['site_id']}" for s in said.sites if row["place"] == (operators.get(s["operator"]) if operators else s[row["by"]])]
    held = {} if row["by"] == "region" else said.held(holds(row["by"], row["place"]))
    return [*(fact for facts in held.values() for fact in facts), *sites]


def of_survival(said: Said, row: Row) -> list[str]:
    """Stocks and lead times of all who use the item, its shares, and the way to what is short first."""
    item = thing_of(row["node"])[0]
    way = said.behind(thing_of(row["first_short"])[0]).get(item, []) if row["first_short"] else []
    return [*said.users(item), *way, *said.shares(item)]


def of_measure(said: Said, row: Row) -> list[str]:
    """The stock that is added to, or the shares whose loss is made up for."""
    if row["measure"] != "stock":
        return of_scenario(said, row["scenario_id"], row["node"])
    return said.need(row["node"], f"item:{row['input']}")


def of_shares(said: Said, row: Row) -> list[str]:
    """The shares of an item, and where countries are weighed with their governance, that of each."""
    facts = said.shares(row.get("basis") or row["item_id"])
    if row.get("by") == "country":
        places = {p for share in said.supplies.get(row["basis"] or row["item_id"], []) for p in share["places"]}
        facts += [fact for place in sorted(places) for fact in said.figures(f"country:{place}", "governance_%")]
    return facts


def of_tier(said: Said, row: Row) -> list[str]:
    """What says that each thing of the tier is needed, and its shares."""
    things = said.tier(thing_of(row["target"])[0], row["tier"])
    return [fact for thing, facts in things.items() for fact in (*facts, *said.shares(thing))]


def of_material(said: Said, row: Row) -> list[str]:
    """Shares, recycling and import reliance, and how far its users could do with something else."""
    item = row["item_id"]
    return [*said.shares(item), *said.figures(f"item:{item}", "us_%"), *said.users(item)]


RISK = {
    "hhi": Rests(("item_id", "by"), of_shares, "stackgraph concentration {item_id}"),
    "ntier_hhi": Rests(("target", "by", "tier"), of_tier, "stackgraph chokepoints {target}"),
    "supply_risk": Rests(("item_id",), of_material, "stackgraph explain hhi:{item_id}"),
    "min_cut_set": Rests(("target", "by", "events"), of_event, "stackgraph cutsets {target} --by {by}"),
    "top_probability": Rests(("target", "by", "event"), of_event, "stackgraph chokepoints {target} --by {by}"),
    "cascade": Rests(("organisation_id",), of_cascade, "stackgraph cascade {organisation_id}"),
    "tts_ttr": Rests(("node",), of_survival, "stackgraph disrupt {node}"),
    "disruption": Rests(("scenario_id", "target"), of_disruption, "stackgraph disrupt {scenario_id} --evidence"),
    "disruption_path": Rests(("scenario_id", "target", "from_day"), of_stretch, "stackgraph disrupt {scenario_id} --path"),
    "common_mode": Rests(("by", "place"), of_place, "stackgraph disrupt {by}:{place}"),
    "mitigation": Rests(("scenario_id", "measure", "node", "input"), of_measure, "stackgraph stress {scenario_id} --stock +30d"),
}
"""Risk table -> its key and what it rests on; risk.spof carries its evidence in a column of its own."""


def show_risk(stack: Stack, table: str, asked: str, limit: int, format: str) -> None:
    """A row of a risk table (a few where the id names several), and the facts it rests on; as JSON or CSV the facts."""
    rests = RISK[table]
    rows = named(stack, table, asked)
    if len(rows) > MANY:
        more = "/".join(rests.key)
        raise Unusable(
            f"{table}:{asked} names {len(rows)} rows of risk.{table}: say more of {more}, such as {table}:{id_of(rests, rows[0])}"
        )
    if format == "table":
        show_figures(table, rows)
    said = Said(stack)
    facts = list(dict.fromkeys(fact for row in rows for fact in rests.facts(said, row)))
    columns, found = sourced(stack, facts)
    if format == "table":
        number = f"{len(found)} fact{'' if len(found) == 1 else 's'}"
        say(f"RESTS ON ({number}):" if found else "No fact of the core tables stands behind it: it follows from assumptions alone.")
    show_most(columns, found, format, limit)
    if format == "table":
        say(f"next        {rests.after.format(**rows[0])}")


def show_figures(table: str, rows: list[dict[str, Any]]) -> None:
    """Each figure with its unit and meaning; rows beside each other where there are several."""
    from graph.results import RESULT_TABLES
    from sources.columns import columns

    if len(rows) > IN_FULL:
        show(list(rows[0]), [tuple(row.values()) for row in rows], "table")
        return
    (declared,) = (t for t in RESULT_TABLES if t.table == f"risk.{table}")
    for row in rows:
        say(f"risk.{table} {id_of(RISK[table], row)}")
        told = [
            (c.name, row[c.name], c.unit or "", c.description) for c in columns(declared) if c.name not in RISK[table].key and c.name in row
        ]
        show(["figure", "value", "unit", "what it is"], [one for one in told if one[1] is not None], "table")


def named(stack: Stack, table: str, asked: str) -> list[dict[str, Any]]:
    """The rows of a risk table that an id names: its parts in the order of the key, with or without 'item:', 'org:' and the like."""
    import duckdb

    key = RISK[table].key
    try:
        columns, found = stack.rows(f"select * from risk.{table} order by {', '.join(f'{chr(34)}{k}{chr(34)}' for k in key)}")
    except duckdb.CatalogException:
        raise Unusable(f"this version of the published file has no table risk.{table}") from None
    rows = [dict(zip(columns, row, strict=True)) for row in found]
    wanted = pieces(asked)
    left = [(missing(wanted, pieces(id_of(RISK[table], row))), row) for row in rows]
    least = min((n for n, _ in left if n is not None), default=None)
    if least is None or not asked:
        ids = {id_of(RISK[table], row) for row in rows}
        known = ids if "/" in asked else {plain(part) for one in ids for part in one.split("/")}
        raise unknown(f"row of risk.{table} ({'/'.join(key)})", asked, known)
    return [row for n, row in left if n == least]


def is_row(stack: Stack, table: str, asked: str) -> bool:
    """Whether an id names a row."""
    try:
        return bool(named(stack, table, asked))
    except Unusable:
        return False


def id_of(rests: Rests, row: Row) -> str:
    """'taiwan_blockade/board:h100'."""
    return "/".join(str(row[column]) for column in rests.key)


def pieces(text: str) -> list[str]:
    """The parts of an id, in small letters and without their kinds."""
    return [plain(part.strip().casefold()) for part in text.replace(" + ", "/").split("/")]


def plain(part: str) -> str:
    return part.partition(":")[2] or part


def missing(wanted: list[str], there: list[str]) -> int | None:
    """How many parts of a row's id were not named; None where it is not what is wanted."""
    at = iter(there)
    return len(there) - len(wanted) if all(one in at for one in wanted) else None
