"""`stackgraph explain`: the rows behind a fact."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from graph.names import called, spoken
from pipelines.cli.errors import Unusable, unknown
from pipelines.cli.explain_cost import show_cost_terms
from pipelines.cli.explain_risk import RISK, show_risk
from pipelines.cli.open import published
from pipelines.cli.output import say, show_most
from pipelines.stack import Stack

FIGURES = """
with fact as (
  select 'price' as fact, '-' as of_what, low, central, high, unit, as_of, grade, status, chosen_by, source_id, locator, note, null as made_in,
         'price' as record, item_id as subject, null as detail, grade = 'estimate' as judged
  from core.price where 'item:' || item_id = $node
  union all
  select parameter, '-', low, central, high, unit, as_of, grade, status, chosen_by, source_id, locator, note, null,
         'parameter', entity_id, parameter, grade = 'estimate'
  from core.parameter where entity_id = $node
  union all
  select 'share', case when 'item:' || item_id = $node then supplier else item_id end,
         low, central, high, 'fraction of ' || metric, as_of, grade, status, chosen_by, source_id, locator, note,
         production || ' (' || production_grade || coalesce(': ' || production_source_id, '') || ')',
         'share', item_id, supplier, 'estimate' in (grade, production_grade)
  from core.share where 'item:' || item_id = $node or 'org:' || organisation_id = $node or 'country:' || country = $node
  union all
  select 'requirement',
         case when consumer_id = $plain then 'needs ' || input_id else 'needed by ' || consumer_id end || coalesce(' from ' || supplier, ''),
         low, central, high, unit, as_of,
         grade, status, chosen_by, source_id, locator, note, null, 'requirement', consumer_id, input_id, grade = 'estimate'
  from core.requirement where $node in ('item:' || consumer_id, 'board:' || consumer_id, 'item:' || input_id)
  union all
  select 'imports from ' || partner || ' ' || year, case when 'item:' || item_id = $node then 'by ' || reporter else item_id end,
         low, central, high, unit, as_of, grade, status, null, source_id, locator, note, null, 'trade_flow', null, null, false
  from core.trade_flow where 'item:' || item_id = $node or 'country:' || reporter = $node
  union all
  select 'owner', parent_id, parent_share, parent_share, parent_share, 'fraction', as_of, grade, 'current', null, source_id, null, note, null,
         'organisation', organisation_id, null, grade = 'estimate'
  from core.organisation where 'org:' || organisation_id = $node and parent_id is not null
  union all
  select 'site', status, null, null, null, null, as_of, grade, 'current', null, source_id, null, note, null, 'site', site_id, null, grade = 'estimate'
  from core.site where 'site:' || site_id = $node
  union all
  select 'workload', '-', null, null, null, null, as_of, grade, 'current', null, source_id, null, coalesce(note, description), null,
         'workload', workload_id, null, grade = 'estimate'
  from core.workload where 'workload:' || workload_id = $node
)
select f.fact, f.of_what, f.low, f.central, f.high, f.unit, f.as_of, f.grade, f.status, f.chosen_by as used_because, s.publisher, s.title, s.url,
       f.locator, f.note, f.made_in, d.retrieved_at,
       case when judged and s.collection = 'curated' then l.searched_at || ': ' || l.searched || ': ' || l.finding end as searched
from fact f join core.source s using (source_id) left join core.source d on d.source_id = s.collection
     left join core.search l on l.record = f.record and l.subject = f.subject and l.detail is not distinct from f.detail
where $figure is null or f.fact = $figure
order by f.fact, f.of_what, f.status = 'superseded', f.status = 'conflicting', f.central desc nulls last
"""
"""The column `searched` says of an estimate where a better source was looked for, and what came out."""
SOURCE = """
select s.source_id, s.publisher, s.title, s.url, s.licence, s.cadence, v.origin, v.known_at, v.retrieved_at, left(v.sha256, 12) as vintage,
       v.files, v.size_bytes, v.is_in_use, v.problem
from core.source s left join meta.vintage v using (source_id) where source_id = $source order by v.known_at desc
"""
KINDS = {
    "item": "item",
    "board": "board",
    "org": "organisation",
    "country": "country",
    "site": "site",
    "model": "model",
    "workload": "workload",
}


def show_rows(what: str, limit: int, format: str) -> None:
    """Every figure of a node, or of one of its facts: 'item:hbm3e.price', 'board:h100.tdp', 'org:tsmc'."""
    kind, colon, rest = what.partition(":")
    if kind == "spof":
        from pipelines.cli.chokepoints import show_evidence

        show_evidence(rest, limit, format)
        return
    stack = published()
    if kind == "cost" and colon:
        show_cost_terms(stack, rest, limit, format)
        return
    if kind in RISK and colon:
        show_risk(stack, kind, rest, limit, format)
        return
    kind, name, figure = meant(stack, kind, rest) if colon else guessed(stack, what)
    if kind == "source":
        show_most(*stack.rows(SOURCE, {"source": name}), format, limit)
        return
    asked = {"node": f"{kind}:{name}", "plain": name, "figure": figure}
    columns, rows = stack.rows(FIGURES, asked)
    if not rows:
        if figure is not None:
            raise no_fact(stack, kind, name, figure, sorted({row[0] for row in stack.rows(FIGURES, {**asked, "figure": None})[1]}))
        say(f"nothing is recorded of {kind}:{name}")
    if format == "table":
        show_with_searches(columns, rows, limit)
    else:
        show_most(columns, rows, format, limit)


def show_with_searches(columns: list[str], rows: list[tuple[Any, ...]], limit: int) -> None:
    """A table of figures and below it, one line each, where better sources than its estimates were looked for; empty columns are left out."""
    *_, searched = columns
    shown = [k for k, name in enumerate(columns) if name != searched and (name != "made_in" or any(row[k] for row in rows))]
    show_most([columns[k] for k in shown], [tuple(row[k] for k in shown) for row in rows], "table", limit)
    looked: dict[str, list[str]] = {}
    for row in rows[:limit]:
        if row[-1]:
            looked.setdefault(row[-1], []).append(" ".join(word for word in row[:2] if word != "-"))
    if looked:
        say("Estimates, and where better sources were looked for:")
    for text, figures in looked.items():
        say(f"  {', '.join(dict.fromkeys(figures))}: {text}")


GENERAL = ("global", "region")
"""What a figure can be of that has no table of its own."""


def no_fact(stack: Stack, kind: str, name: str, figure: str, facts: list[str]) -> Unusable:
    """That a thing has no such fact: what it has, and where the word stands if it is a column of the thing's own row."""
    has = f"it has: {', '.join(facts)}" if facts else "no figure of it is recorded"
    table = f"core.{KINDS[kind]}" if kind in KINDS else None
    told = ""
    if table is not None:
        key = key_of(kind)
        columns, rows = stack.rows(f"select * from {table} where {key} = $name", {"name": name})
        row = dict(zip(columns, rows[0], strict=True))
        column = next((c for c in (figure, f"{figure}_id") if c in row), None)
        if column is not None:
            value = "empty" if row[column] is None else repr(row[column])
            told = f". {table} says of it: {column} is {value} (stackgraph query \"from {table} where {key} = '{name}'\")"
    return Unusable(f"unknown fact {figure!r} of {kind}:{name}; {has}{told}")


def guessed(stack: Stack, what: str) -> tuple[str, str, str | None]:
    """(kind, id, fact or None) of plain words: the first kind that has the id, else the first that has a thing of this name."""
    kinds = (*KINDS, *GENERAL, "source")
    for known_by in (by_id, by_name):
        for kind in kinds:
            if found := split(what, known_by(stack, kind)):
                return kind, *found
    raise unknown("word", what, {word for kind in kinds for word in words(stack, kind)})


def meant(stack: Stack, kind: str, rest: str) -> tuple[str, str, str | None]:
    """(kind, id, fact or None) where the kind is said."""
    if kind not in (*KINDS, *GENERAL, "source"):
        facts, results = [*KINDS, *GENERAL, "source"], ["spof", *RISK]
        near = get_close_matches(kind, [*facts, *results], n=3)
        raise Unusable(
            f"cannot explain a {kind!r}{'; nearest: ' + ', '.join(near) if near else ''}: expected before the colon one of {', '.join(facts)} for "
            f"facts, or of {', '.join(results)} for rows of the risk tables"
        )
    found = split(rest, by_name(stack, kind) | by_id(stack, kind))
    if found is None:
        raise unknown(kind, rest.partition(".")[0], words(stack, kind))
    return kind, *found


def split(text: str, known: dict[str, str]) -> tuple[str, str | None] | None:
    """(id, fact or None) of 'id', 'name', 'id.fact' or 'name.fact'; None where it begins with none. A name may have points in it."""
    if (whole := known.get(spoken(text))) is not None:
        return whole, None
    parts = text.split(".")
    for k in range(len(parts) - 1, 0, -1):
        if (found := known.get(spoken(".".join(parts[:k])))) is not None:
            return found, ".".join(parts[k:]) or None
    return None


def by_id(stack: Stack, kind: str) -> dict[str, str]:
    """Ids of a kind as they may be written -> the id."""
    return called(ids(stack, kind))


def by_name(stack: Stack, kind: str) -> dict[str, str]:
    """Names of a kind as they may be written -> the id; nothing where things of it have none."""
    found = named(stack, kind)
    return called((i for i, _ in found), (name for _, name in found))


def words(stack: Stack, kind: str) -> set[str]:
    """Every id and name of a kind."""
    return {*ids(stack, kind), *(name for _, name in named(stack, kind))}


def named(stack: Stack, kind: str) -> list[tuple[str, str]]:
    """(id, printed name) of each thing of a kind."""
    if kind not in KINDS:
        return []
    return [(i, str(name)) for i, name in stack.rows(f"select {key_of(kind)}, name from core.{KINDS[kind]} where name is not null")[1]]


def key_of(kind: str) -> str:
    """The column that has a kind's ids."""
    return "country" if kind == "country" else f"{KINDS[kind]}_id"


def ids(stack: Stack, kind: str) -> list[str]:
    if kind in GENERAL:
        return sorted({e.partition(":")[2] for e in stack.ids("core.parameter", "entity_id") if e.startswith(f"{kind}:")})
    if kind == "source":
        return stack.ids("core.source", "source_id")
    return stack.ids(f"core.{KINDS[kind]}", key_of(kind))
