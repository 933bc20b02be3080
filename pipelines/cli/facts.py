"""The rows of the core tables that a result rests on, by what they say: who supplies what, and who cannot do without what.

A fact is named 'share:<id>', 'requirement:<id>', 'board:<id>', 'site:<id>' or 'parameter:<id>'; `SOURCED` reads facts with where each was published.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any

from pipelines.stack import Stack

EVIDENCE = """
select 'share:' || share_id as fact, supplier || ' supplies ' ||
       case when round(100 * low) = round(100 * high) then round(100 * low)::int || '%'
            else coalesce(round(100 * low)::int || '-' || round(100 * high)::int || '%', 'an unknown part') end
       || ' of ' || item_id || ' (' || metric || ')' as says, grade, as_of, source_id, locator
from core.share where list_contains($facts, 'share:' || share_id)
union all
select 'requirement:' || requirement_id, consumer_id || if(essentiality = 'essential', ' cannot do without ', ' takes ') || input_id
       || coalesce(' of ' || supplier, '') || coalesce('; ' || round(stock_central_days)::int || ' days in stock', '')
       || coalesce('; new supply after ' || round(lead_central_days)::int || ' days', ''), grade, as_of, source_id, locator
from core.requirement where list_contains($facts, 'requirement:' || requirement_id)
union all
select 'board:' || board_id, name || ' is designed by ' || designer || coalesce(', made by ' || foundry, '') || coalesce(', packaged by ' || packager, ''),
       grade, as_of, source_id, null from core.board where list_contains($facts, 'board:' || board_id)
union all
select 'site:' || site_id, name || coalesce(' of ' || operator, '') || coalesce(' in ' || country, '') || coalesce(' runs on ' || region, ''),
       grade, as_of, source_id, null from core.site where list_contains($facts, 'site:' || site_id)
union all
select 'parameter:' || parameter_id, entity_id || ': ' || parameter || ' = ' || central || coalesce(' ' || unit, ''), grade, as_of, source_id, locator
from core.parameter where list_contains($facts, 'parameter:' || parameter_id)
"""
SOURCED = f"select e.fact, e.says, e.grade, e.as_of, s.publisher, s.title, s.url, e.locator from ({EVIDENCE}) e left join core.source s using (source_id)"
OF_BOARD = ("wafer_item", "io_wafer_item", "packaging_item", "memory_item")
Row = Mapping[str, Any]


def sourced(stack: Stack, facts: Iterable[str]) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The facts in their order, each with what it says and where it was published."""
    order = {fact: k for k, fact in enumerate(dict.fromkeys(facts))}
    columns, rows = stack.rows(SOURCED, {"facts": list(order)})
    return columns, sorted(rows, key=lambda row: order[row[0]])


def thing_of(node: str) -> tuple[str, frozenset[str]]:
    """The plain id of what a node supplies, and the makers it names: 'maker:hbm3e@sk_hynix' -> 'hbm3e', {'sk_hynix'}."""
    kind, _, rest = node.partition(":")
    if kind == "offer":
        maker, item = rest.split("/")[:2]
        return item, frozenset({maker})
    thing, _, makers = rest.partition("@")
    return thing, frozenset(makers.split(";")) if makers else frozenset()


class Said:
    """What the core tables say, as ids of facts."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack

    def _read(self, query: str) -> list[dict[str, Any]]:
        columns, rows = self.stack.rows(query)
        return [dict(zip(columns, row, strict=True)) for row in rows]

    @cached_property
    def items(self) -> dict[str, str | None]:
        """Item -> the class it is a kind of."""
        return {row["item_id"]: row["part_of"] for row in self._read("select item_id, part_of from core.item")}

    @cached_property
    def owners(self) -> dict[str, str]:
        """Organisation -> the one at the top of its chain of parents."""
        return {row["organisation_id"]: row["owner_id"] for row in self._read("select organisation_id, owner_id from core.organisation")}

    @cached_property
    def seats(self) -> dict[str, str]:
        """Organisation -> the country in which its owner sits."""
        home = {row["organisation_id"]: row["country"] for row in self._read("select organisation_id, country from core.organisation")}
        return {name: home[owner] for name, owner in self.owners.items()}

    @cached_property
    def supplies(self) -> dict[str, list[dict[str, Any]]]:
        """Item -> its current shares, each with the countries in which its supplier makes the item."""
        made: dict[tuple[str, str], set[str]] = {}
        for row in self._read("select item_id, organisation_id, country from core.offer"):
            made.setdefault((row["item_id"], row["organisation_id"]), set()).add(row["country"])
        query = "select share_id, item_id, supplier_kind, organisation_id, country from core.share where status = 'current' order by central desc nulls last"
        found: dict[str, list[dict[str, Any]]] = {}
        for row in self._read(query):
            places = made.get((row["item_id"], row["organisation_id"]), set()) | ({row["country"]} - {None})
            found.setdefault(row["item_id"], []).append(
                {**row, "places": places, "owner": self.owners.get(row["organisation_id"]), "seat": self.seats.get(row["organisation_id"])}
            )
        return found

    @cached_property
    def needs(self) -> dict[str, list[dict[str, Any]]]:
        """Consumer -> what it cannot do without: input, the makers named, and the fact that says so."""
        found: dict[str, list[dict[str, Any]]] = {}
        query = "select requirement_id, consumer_id, input_id, organisation_id from core.requirement where status = 'current' and essentiality = 'essential'"
        for row in self._read(query):
            named = frozenset((row["organisation_id"] or "").split(";")) - {""}
            found.setdefault(row["consumer_id"], []).append(
                {"input": row["input_id"], "makers": named, "fact": f"requirement:{row['requirement_id']}"}
            )
        for board in self.boards:
            named = {need["input"] for need in found.get(board["board_id"], [])}
            more = {board[column]: None for column in OF_BOARD if board[column] and board[column] not in named}
            fact = f"board:{board['board_id']}"
            found.setdefault(board["board_id"], []).extend({"input": item, "makers": frozenset(), "fact": fact} for item in more)
        return found

    @cached_property
    def boards(self) -> list[dict[str, Any]]:
        """Who designs, makes and packages each board, and of what."""
        return self._read(f"select board_id, designer, foundry, packager, {', '.join(OF_BOARD)} from core.board")

    @cached_property
    def sites(self) -> list[dict[str, Any]]:
        """Where each site is, and whose: the first operator named, as `graph.risk.makers.running_sites` has it."""
        query = "select site_id, split_part(operator, ';', 1) as operator, country, region from core.site where status = 'operational'"
        return self._read(query)

    def shares(self, item: str, wanted: Callable[[Row], bool] = lambda _: True) -> list[str]:
        """The current shares of an item, or of the class it is a kind of: those wanted, and all of them where none is."""
        at: str | None = item
        while at is not None and at not in self.supplies:
            at = self.items.get(at)
        rows = self.supplies.get(at or "", [])
        kept = [row for row in rows if wanted(row)] or rows
        return [f"share:{row['share_id']}" for row in kept]

    def held(self, wanted: Callable[[Row], bool]) -> dict[str, list[str]]:
        """Item -> the shares wanted, of all items."""
        found = {item: [f"share:{row['share_id']}" for row in rows if wanted(row)] for item, rows in self.supplies.items()}
        return {item: facts for item, facts in found.items() if facts}

    def need(self, consumer: str, needed: str) -> list[str]:
        """What says that a node needs another."""
        user, (item, makers) = thing_of(consumer)[0], thing_of(needed)
        if consumer.startswith("installed:") and item == user:
            return self.figures(f"item:{item}", "installed_life")
        if consumer.startswith("built:"):  # a system with its board: the one needs the other
            return [n["fact"] for one, found in self.needs.items() for n in found if n["input"] == user and item in (user, one)]
        rows = [n for n in self.needs.get(user, []) if n["input"] == item]
        named = [n for n in rows if makers & n["makers"]] or rows
        if named:
            return [n["fact"] for n in named]
        if needed.startswith("built:"):  # asked for by the name of the system
            return [n["fact"] for n in self.needs.get(user, []) if any(m["input"] == item for m in self.needs.get(n["input"], []))]
        kind = consumer.partition(":")[0]
        return [f"{kind}:{user}"] if kind in ("board", "site") else []

    def users(self, item: str) -> list[str]:
        """The requirements of all who cannot do without an item."""
        return [n["fact"] for rows in self.needs.values() for n in rows if n["input"] == item]

    def behind(self, target: str) -> dict[str, list[str]]:
        """Everything that stands behind a thing, nearest first -> the requirements on the shortest way from it to the thing."""
        found: dict[str, list[str]] = {target: []}
        ahead = deque([target])
        while ahead:
            consumer = ahead.popleft()
            for need in self.needs.get(consumer, []):
                if need["input"] not in found:
                    found[need["input"]] = [need["fact"], *found[consumer]]
                    ahead.append(need["input"])
        return found

    def tier(self, target: str, tier: int) -> dict[str, list[str]]:
        """The things a target cannot do without that are met so many requirements away -> what says so."""
        return {thing: facts[:1] for thing, facts in self.behind(target).items() if len(facts) == tier}

    def figures(self, entity: str, like: str) -> list[str]:
        """Current parameters of an entity whose name is like this."""
        query = "select parameter_id from core.parameter where entity_id = ? and parameter like ? and status = 'current' order by 1"
        return [f"parameter:{row[0]}" for row in self.stack.rows(query, [entity, like])[1]]
