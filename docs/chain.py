"""Write docs/chain.md: the formulas of the cost chain in LaTeX, printed from the functions that compute them.

python -m docs.chain
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from docs.chain_formulas import SYMBOLS, Formula, formulas
from docs.chain_symbols import Symbol

PAGE = Path(__file__).with_name("chain.md")


def page() -> str:
    """The page as text."""
    lines = [
        "# The formulas of the cost chain",
        "",
        "Printed from the functions that compute the published costs (`python -m docs.chain`); `stackgraph explain cost:BOARD/MODEL/WORKLOAD`",
        "walks the whole chain of a deployment with its figures. A symbol with a formula of its own stands for it in others, with its",
        "arguments where they are not those of its formula. Guards against a division by nothing are left out.",
    ]
    for part in SYMBOLS:
        of_part = [one for one in formulas() if one.part == part]
        lines += ["", f"## {part}"]
        for one in of_part:
            lines += ["", _about(one), "", f"$${f'{one.left} = ' if one.left else ''}{one.right}$$"]
        lines += ["", *legend(of_part)]
    return "\n".join([*lines, ""])


def legend(of_part: Iterable[Formula]) -> list[str]:
    """The symbols of a part, each once, as a table."""
    found: dict[Symbol, None] = {}
    for one in of_part:
        for name in one.where:
            found.setdefault(SYMBOLS[one.part][name])
    rows = [f"| ${symbol.tex}$ | {symbol.meaning} | {symbol.unit} |" for symbol in found]
    return ["| Symbol | Meaning | Unit |", "| --- | --- | --- |", *rows]


def _about(one: Formula) -> str:
    where = f" Where {', '.join(f'${condition}$' for condition in one.only_if)}:" if one.only_if else ""
    return f"`{one.function.__module__}.{one.function.__name__}`: {one.says}{where}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE)
