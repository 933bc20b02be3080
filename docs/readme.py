"""Fills README.md with what the published file says: part of `make figures`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pipelines.cli.output import cell
from pipelines.stack import Stack

ROOT = Path(__file__).resolve().parent.parent
END = "<!-- end -->"
QUERIES = ("chokepoints", "taiwan", "cheapest_board", "margin", "queues")


def main() -> None:
    """Rewrite what stands between the marks."""
    fill(ROOT / "README.md", "<!-- queries -->", examples(Stack.load()))


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
