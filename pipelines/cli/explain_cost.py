"""`stackgraph explain cost:BOARD/MODEL/WORKLOAD`: the cost of a useful token, term by term, down to the facts behind each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graph.cost.headline import HEADLINE_MODEL, HEADLINE_WORKLOAD
from pipelines.cli.cost import check_ids
from pipelines.cli.errors import Unusable
from pipelines.cli.output import say, show_most
from pipelines.stack import Stack

if TYPE_CHECKING:
    from graph.cost.program import Program

FACTS = """
with fact as (
  select entity_id || '.' || parameter as input, low, central, high, unit, grade, as_of, source_id, locator from core.parameter where status = 'current'
  union all
  select 'item:' || item_id || '.price', low, central, high, unit, grade, as_of, source_id, locator from core.price where status = 'current'
  union all
  select 'quantity:' || requirement_id, low, central, high, unit, grade, as_of, source_id, locator from core.requirement where status = 'current'
)
select f.input, f.low, f.central, f.high, f.unit, f.grade, f.as_of, s.publisher, s.title, s.url, f.locator
from fact f join core.source s using (source_id) where list_contains($inputs, f.input)
"""
COLUMNS = ["quantity", "value", "unit", "is"]


def show_cost_terms(stack: Stack, what: str, limit: int, format: str) -> None:
    """Each quantity of the chain with its value and what it is of the others, from the useful token down; then the facts."""
    from graph.cost.trace import NotServed

    parts = what.split("/")
    if len(parts) != 3:
        raise Unusable(
            f"cannot read the deployment {what!r}: expected cost:BOARD/MODEL/WORKLOAD, as cost:gb200/{HEADLINE_MODEL}/{HEADLINE_WORKLOAD}"
        )
    board, model, workload = parts
    check_ids(stack, board, model, workload)
    try:
        program = stack.trace(board, model, workload).program
    except NotServed as error:
        raise Unusable(f"{error}: `stackgraph cost served_token --board {board}` lists what it can serve") from None
    terms, inputs = walked(program, f"useful:{what}.price")
    columns, rows = stack.rows(FACTS, {"inputs": inputs})
    facts = sorted(rows, key=lambda row: inputs.index(row[0]))
    if format == "table":
        say(f"{what}: {terms[0][1]:.4g} USD per million useful tokens, term by term ({len(terms)}):")
        show_most(COLUMNS, terms, format, limit)
        say(f"RESTS ON ({len(facts)} facts):")
        show_most(columns, facts, format, limit)
        say(f"next        stackgraph cost elasticity --board {board} --model {model} --workload {workload} · stackgraph explain FACT")
        return
    told: list[list[Any]] = [[*term, *[None] * (len(columns) - 1)] for term in terms]
    told += [[row[0], row[2], row[4], "fact", *row[1:]] for row in facts]
    show_most([*COLUMNS, *(f"fact_{name}" for name in columns[1:])], told, format, limit)


def walked(program: Program, top: str) -> tuple[list[list[Any]], list[str]]:
    """(rows of `COLUMNS` from the top down, names of the inputs in the order in which they come in)"""
    from graph.cost.printed import terms, text

    told: list[list[Any]] = []
    inputs: dict[str, None] = {}
    seen, ahead = {top}, [top]
    while ahead:
        name, *ahead = ahead
        place = program.named[name]
        if program.is_input(place):
            inputs.setdefault(name)
            continue
        told.append([name, float(program.values[place]), program.units.get(name, ""), text(program, name)])
        for term in terms(program, name):
            if term not in seen:
                seen.add(term)
                ahead.append(term)
    return told, list(inputs)
