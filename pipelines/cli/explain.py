"""`stackgraph explain`: the rows behind a fact."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

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
    if not colon:
        kind, rest = guessed(stack, what), what
    if kind == "source":
        known = ids(stack, "source")
        found = {i.casefold(): i for i in known}
        if rest.casefold() not in found:
            raise unknown("source", rest, known)
        show_most(*stack.rows(SOURCE, {"source": found[rest.casefold()]}), format, limit)
        return
    name, _, figure = rest.partition(".")
    name = check(stack, kind, name)
    asked = {"node": f"{kind}:{name}", "plain": name, "figure": figure or None}
    columns, rows = stack.rows(FIGURES, asked)
    if not rows:
        facts = sorted({row[0] for row in stack.rows(FIGURES, {**asked, "figure": None})[1]})
        if figure and facts:
            raise unknown(f"fact of {kind}:{name}", figure, facts)
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


def guessed(stack: Stack, what: str) -> str:
    """The kind of a plain id: the first that has it, an item where none does."""
    name = what.partition(".")[0].casefold()
    return next((kind for kind in (*KINDS, *GENERAL, "source") if name in {i.casefold() for i in ids(stack, kind)}), "item")


GENERAL = ("global", "region")
"""What a figure can be of that has no table of its own."""


def ids(stack: Stack, kind: str) -> list[str]:
    if kind in GENERAL:
        return sorted({e.partition(":")[2] for e in stack.ids("core.parameter", "entity_id") if e.startswith(f"{kind}:")})
    if kind == "source":
        return stack.ids("core.source", "source_id")
    return stack.ids(f"core.{KINDS[kind]}", "country" if kind == "country" else f"{KINDS[kind]}_id")


def check(stack: Stack, kind: str, name: str) -> str:
    """The id of the node meant: capitals do not matter, and an organisation's or a country's name will do."""
    if kind in (*KINDS, *GENERAL):
        known = ids(stack, kind)
    else:
        facts, results = [*KINDS, *GENERAL, "source"], ["spof", *RISK]
        near = get_close_matches(kind, [*facts, *results], n=3)
        raise Unusable(
            f"cannot explain a {kind!r}{'; nearest: ' + ', '.join(near) if near else ''}: expected before the colon one of {', '.join(facts)} for "
            f"facts, or of {', '.join(results)} for rows of the risk tables"
        )
    found = {i.casefold(): i for i in known}
    if kind in ("org", "country"):
        column = "country" if kind == "country" else "organisation_id"
        found |= {str(n).casefold(): i for i, n in stack.rows(f"select {column}, name from core.{KINDS[kind]}")[1]}
    if name.casefold() not in found:
        raise unknown(kind, name, known)
    return found[name.casefold()]
