"""Fills README.md and docs/published.md with what the published file says: part of `make figures`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pipelines.cli.output import cell
from pipelines.stack import Stack

ROOT = Path(__file__).resolve().parent.parent
END = "<!-- end -->"
QUERIES = ("chokepoints", "taiwan", "cheapest_board", "margin", "queues")
PUBLISHED = """
with pair(parameter, node, what) as (
  values ('bom_total', 'package', 'package, bill of materials'), ('server_price_per_accelerator', 'server', 'server, per accelerator'),
         ('tco_hyperscaler', 'hour', 'hour, cost to a hyperscaler'), ('tco_neocloud', 'hour', 'hour, cost to a neocloud'),
         ('rental_price', 'hour', 'hour, rented')
)
select p.what, b.name as board, round(f.central, 2) as published_usd, round(c.central_usd, 2) as ours_usd, round(c.low_usd, 2) as low,
       round(c.high_usd, 2) as high, round(c.central_usd / f.central, 2) as "ours / published", f.publisher, f.as_of
from pair p
join mart.figure f on f.figure = p.parameter and f.status = 'current'
join core.board b on f.entity_id = 'board:' || b.board_id
join cost.price c on c.node_id = p.node || ':' || b.board_id
where not (p.parameter = 'bom_total' and b.board_id in ('gb200', 'cerebras_wse3'))  -- published for two GPUs and a CPU, and for a whole system
order by p.what, b.name
"""


def main() -> None:
    """Rewrite what stands between the marks of both files."""
    stack = Stack.load()
    fill(ROOT / "README.md", "<!-- queries -->", examples(stack))
    fill(ROOT / "docs" / "published.md", "<!-- published -->", "\n" + "\n".join(markdown(*stack.rows(PUBLISHED))) + "\n\n")


def fill(path: Path, begin: str, text: str) -> None:
    """Put `text` between a mark and the next end mark."""
    before, _, rest = path.read_text(encoding="utf-8").partition(begin)
    _, _, after = rest.partition(END)
    path.write_text(f"{before}{begin}\n{text}{END}{after}", encoding="utf-8")


def examples(stack: Stack) -> str:
    """Each saved query with its question, its text and its answer."""
    parts = []
    for name in QUERIES:
        lines = (ROOT / "pipelines" / "saved" / f"{name}.sql").read_text(encoding="utf-8").splitlines()
        question, query = lines[0].removeprefix("-- "), "\n".join(lines[1:])
        table = "\n".join(markdown(*stack.rows(query)))
        parts.append(f"**{question}** (`stackgraph query @{name}`)\n\n```sql\n{query}\n```\n\n{table}\n")
    return "\n".join(["", *parts])


def markdown(columns: list[str], rows: list[tuple[object, ...]]) -> Iterator[str]:
    """A result as the lines of a Markdown table."""
    yield "| " + " | ".join(columns) + " |"
    yield "|" + "---|" * len(columns)
    for row in rows:
        yield "| " + " | ".join(cell(value) for value in row) + " |"


if __name__ == "__main__":
    main()
