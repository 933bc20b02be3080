"""`stackgraph sources`: every source with its vintage and its evidence, and the refresh of those that are live."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.cli.disk import writing
from pipelines.cli.errors import Failed, unknown
from pipelines.cli.open import published
from pipelines.cli.output import say, show
from pipelines.stack import Stack
from sources.reading import SHORT

if TYPE_CHECKING:
    from sources.refresh import Outcome

GRADED = (
    "share",
    "requirement",
    "price",
    "parameter",
    "board",
    "site",
    "power_contract",
    "queue_entry",
    "trade_flow",
    "benchmark",
    "published_cost",
    "model_price",
)
QUERY = f"""
with fact as ({" union all ".join(f"select source_id, grade from core.{t}" for t in GRADED)}),
     counted as (select s.collection, count(*) as facts, avg((f.grade = 'primary')::int) as "primary", avg((f.grade = 'secondary')::int) as "secondary",
                        avg((f.grade = 'derived')::int) as derived, avg((f.grade = 'estimate')::int) as estimate
                 from fact f join core.source s using (source_id) group by 1)
select d.source_id as source, d.publisher, d.licence, d.cadence, d.retrieved_at, d.sha256 as vintage,
       case d.source_id when 'overlay' then 'yours' else v.origin end as origin, v.row_count as rows,
       coalesce(c.facts, 0) as facts, round(c."primary", 2) as "primary", round(c."secondary", 2) as "secondary", round(c.derived, 2) as derived,
       round(c.estimate, 2) as estimate
from core.source d left join counted c on c.collection = d.source_id
     left join meta.vintage v on v.source_id = d.source_id and v.is_in_use
where d.source_id = d.collection
order by 1
"""
SOURCED_INPUTS = """
with judged as (select item_id, grade, status = 'current' as in_use, grade in ('primary', 'secondary') as published
                from core.share where status in ('current', 'conflicting') and central is not null)
select avg(sourced), avg(known), avg(rests), count(*) from (
  select max((in_use and published)::int) as sourced, max(published::int) as known, max((in_use and grade <> 'estimate')::int) as rests
  from judged group by item_id having bool_or(in_use)
)
"""
SOURCED_COST = """
select avg(share) filter (where grade = 'direct'), avg(share) filter (where grade = 'derived') from (
  select e.board_id, e.model_id, e.workload_id, g.grade,
         coalesce(sum(e.share) filter (where case g.grade when 'direct' then e.grade in ('primary', 'secondary') else e.grade = g.grade end), 0) as share
  from cost.cost_evidence e join core.board b using (board_id), (values ('direct'), ('derived')) g(grade)
  where b.status = 'shipping' and e.workload_id = coalesce($workload, e.workload_id)
  group by all
)
"""
JUDGED = f"""
with fact as ({" union all ".join(f"select source_id, grade from core.{t}" for t in (*GRADED, "organisation", "workload"))})
select count(*), (select min(searched_at) from core.search), (select max(searched_at) from core.search)
from fact f join core.source s using (source_id) where s.collection = 'curated' and f.grade = 'estimate'
"""
REVIEW = "select source_id as source, column_name as column, word, met, waiting, file, line, suggestions, settle from core.review order by 1, 2, 3"
MOST_BYTES = 250_000
"""Size of a snapshot's file: the repository carries facts, not archives."""


def show_sources(stale: bool, format: str) -> None:
    """Every source with its age and its evidence, and how much of the whole is sourced."""
    from pipelines import state

    stack = published()
    columns, rows = stack.rows(QUERY)
    at = columns.index("vintage")
    asked = [columns.index(name) for name in ("source", "retrieved_at", "cadence", "vintage")]
    shown = [(*row[:at], row[at] and row[at][:SHORT], *row[at + 1 :], state.freshness(*(row[k] for k in asked))) for row in rows]
    if stale:
        shown = [row for row in shown if not row[-1].startswith(state.FRESH)]
    show([*columns, "freshness"], shown, format)
    if format == "table" and not stale:
        say(
            "rows: of the vintage in use, as published; facts: what is made from them; primary to estimate: the share of each grade among the "
            "facts. fresh: fetched, or found unchanged, within twice the cadence; what was fetched since the last run is used by the next."
        )
        evidence(stack)


def evidence(stack: Stack) -> None:
    """The two numbers that say how far the graph rests on published figures, and what was done about the rest."""
    sourced, known, rests, items = stack.rows(SOURCED_INPUTS)[1][0]
    say(
        f"{sourced:.0%} of the {items} items with known shares have at least one share in use that is graded primary or secondary, "
        f"{rests:.0%} one that is, or is derived from such; for {known:.0%} one is published, in part of another scope or year and so kept "
        "beside ours."
    )
    direct, derived = stack.rows(SOURCED_COST, {"workload": None})[1][0]
    say(
        f"{direct:.0%} of the cost of a useful token rests on figures graded primary or secondary, {derived:.0%} on figures derived from "
        f"such, {direct + derived:.1%} on either (mean over boards on sale, models and workloads)."
    )
    judged, first, last = stack.rows(JUDGED)[1][0]
    when = f"on {first}" if first == last else f"between {first} and {last}"
    say(
        f"{judged:,} curated figures in use are estimates. Where a better source was looked for, {when}, and what came out, is logged for "
        "each (core.search); `stackgraph explain` shows it beside the figure."
    )


def show_review(format: str) -> None:
    """Words that await a decision."""
    stack = published()
    columns, rows = stack.rows(REVIEW)
    show(columns, rows, format)
    ((finished,),) = stack.rows("select strftime(finished_at, '%Y-%m-%d %H:%M') from meta.run")[1]
    state = f"the state published {finished} UTC; what was fetched since then is in it after the next `stackgraph run`"
    say(f"this is {state}" if rows else f"nothing awaits review in {state}")


def ask_publishers(ids: list[str], snapshot: bool, even_if_smaller: bool, format: str) -> None:
    """Refresh live sources, and their snapshots where asked; exit code 1 where any failed."""
    from pipelines import state
    from sources.client import Client

    live = [f.id for f in state.folders() if f.connector is not None]
    for one in ids:
        if one not in live:
            raise unknown("live source", one, live)
    outcomes: list[Outcome] = []
    with writing(), Client() as client:
        for one in ids or live:
            say(f"asking for {one} ...")
            outcomes.append(state.refresh(one, client, even_if_smaller))
    show(["source", "outcome", "message"], [(o.source_id, o.what, o.message) for o in outcomes], format)
    if snapshot:
        for one in ids or live:
            say(renew(one))
    failed = [o.source_id for o in outcomes if o.what == "failed" or (ids and o.what == "not asked")]
    if failed:
        raise Failed(f"{len(failed)} of {len(outcomes)} could not be refreshed: {', '.join(failed)}; {left(failed)}")


def left(failed: list[str]) -> str:
    """What is in use of sources that could not be refreshed."""
    from pipelines import state

    without = [one for one in failed if state.in_use(one).vintage is None]
    said = (
        []
        if len(without) == len(failed)
        else ["the last good vintage stays in use" if not without else "of the others the last good vintage stays in use"]
    )
    return "; ".join([*([f"nothing is in use yet of {', '.join(without)}"] if without else []), *said])


def renew(source_id: str) -> str:
    """Write a source's snapshot from the vintage in use, where its terms allow one; says what was done."""
    import re

    from pipelines import state
    from sources import catalog, reading, registry
    from sources.errors import SourceError, told
    from sources.registry import to_csv

    source, opened = state.source(source_id), state.in_use(source_id)
    folder = source.folder / "snapshot"
    if not folder.is_dir():
        return f"{source_id}: no snapshot is shipped: {source.declaration.unshipped or 'its rows come with an installed package'}"
    if opened.vintage is None or opened.vintage.origin != "live":
        return f"{source_id}: nothing was fetched that is newer than the snapshot"
    cut = getattr(source.connector, "cut", lambda tables: tables)
    contents = {name: to_csv(frame, source.tables[name]) for name, frame in cut(dict(opened.reading().tables)).items()}
    large = {name: len(content) for name, content in contents.items() if len(content) > MOST_BYTES}
    if large:
        told = ", ".join(f"{name} {size:,} bytes" for name, size in large.items())
        return f"{source_id}: not renewed: {told}, more than {MOST_BYTES:,}: its connector's cut() has to leave out more"
    declaration = source.folder / "source.yml"
    text = re.sub(r"(?m)^retrieved_at: .*$", f'retrieved_at: "{opened.retrieved_at}"', declaration.read_text(encoding="utf-8"))
    files = {folder / f"{name}.csv": content for name, content in contents.items()} | {declaration: text.encode()}
    before = {path: path.read_bytes() if path.exists() else None for path in files}
    write(files)
    made, _ = catalog.assemble([reading.shipped(f) for f in registry.folders()])
    if made.problems:  # a word that nothing declares yet, most likely: what is shipped must be whole
        write(before)
        return f"{source_id}: not renewed: {told(SourceError(made.problems))}"
    return f"{source_id}: snapshot of {opened.retrieved_at} written"


def write(files: Mapping[Path, bytes | None]) -> None:
    """Replace files at once, each; None removes one."""
    for path, content in files.items():
        if content is None:
            path.unlink(missing_ok=True)
            continue
        draft = path.with_name(f".{path.name}.draft")
        draft.write_bytes(content)
        draft.replace(path)
