"""Write docs/chain.md: the formulas of the cost chain in LaTeX, printed from the functions that compute them.

python -m docs.chain
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from graph.cost import harness, silicon, site
from graph.cost.printed import latex
from graph.cost.program import Program
from graph.cost.traced import Number, traced

PAGE = Path(__file__).with_name("chain.md")
SYMBOLS = {
    "area": "A", "diameter": "d", "edge": "e", "scribe": "w", "density": "D", "alpha": r"\alpha", "layers": "n", "gross_dies": "G",
    "good_fraction": "Y", "bonded": "n", "bond_yield": "y_b", "final_yield": "y_f", "rate": "r", "years": "L", "months": "m",
    "success": "s", "tpr": r"\mathrm{TPR}", "fpr": r"\mathrm{FPR}", "accepted": "a", "cap": "K", "output": "o", "retained": r"\rho",
    "attempt_usd": "c", "false_accept_usd": "f", "cache_hit": "h", "cache_read_ratio": r"\beta_r", "cache_write_ratio": r"\beta_w",
}  # fmt: skip
"""Parameter -> its symbol; the others keep their names."""
FORMULAS: list[tuple[str, Callable[..., Number], dict[str, float]]] = [
    ("Silicon", silicon.dies_per_wafer, {"area": 814.0, "diameter": 300.0, "edge": 3.0, "scribe": 0.1}),
    ("Silicon", silicon.poisson_yield, {"area": 814.0, "density": 0.1}),
    ("Silicon", silicon.murphy_yield, {"area": 814.0, "density": 0.1}),
    ("Silicon", silicon.seeds_yield, {"area": 814.0, "density": 0.1}),
    ("Silicon", silicon.negative_binomial_yield, {"area": 814.0, "density": 0.1, "alpha": 3.0}),
    ("Silicon", silicon.bose_einstein_yield, {"area": 814.0, "density": 0.01, "layers": 10.0}),
    ("Silicon", silicon.wafers_per_good_die, {"gross_dies": 60.0, "good_fraction": 0.5}),
    ("Silicon", silicon.package_yield, {"bonded": 9.0, "bond_yield": 0.99, "final_yield": 0.95}),
    ("Site", site.capital_recovery_factor, {"rate": 0.1, "years": 5.0}),
    ("Site", site.delay_carrying_cost, {"rate": 0.1, "months": 18.0}),
    ("Harness", harness.acceptance, {"success": 0.6, "tpr": 0.8, "fpr": 0.2}),
    ("Harness", harness.expected_attempts, {"accepted": 0.6, "cap": 3.0}),
    ("Harness", harness.useful_tokens_per_task, dict.fromkeys(("output", "success", "tpr", "fpr", "retained", "cap"), 0.6)),
    ("Harness", harness.input_token_weight, {"cache_hit": 0.9, "cache_read_ratio": 0.1, "cache_write_ratio": 0.25}),
]
"""(part of the chain, function, a point inside its range: the case that holds there is printed)"""


def page() -> str:
    """The page as text."""
    lines = [
        "# The formulas of the cost chain",
        "",
        "Printed from the functions that compute the published costs (`python -m docs.chain`); `stackgraph explain cost:BOARD/MODEL/WORKLOAD`",
        "walks the whole chain of a deployment with its figures. Guards against a division by nothing are left out.",
    ]
    part = ""
    for of, function, point in FORMULAS:
        if of != part:
            lines += ["", f"## {of}"]
            part = of
        lines += ["", f"`{function.__module__}.{function.__name__}`: {_says(function)}", "", f"$${printed(function, point)}$$"]
    return "\n".join([*lines, ""])


def printed(function: Callable[..., Number], point: dict[str, float]) -> str:
    """A function in LaTeX, in the case that holds at a point."""
    traced_point: dict[str, Any] = {name: traced(name, value) for name, value in point.items()}
    return latex(Program({"result": function(**traced_point)}), "result", SYMBOLS)


def _says(function: Callable[..., Number]) -> str:
    """The first sentence of its docstring, without the formula that the docstring spells out."""
    first = (inspect.getdoc(function) or "").split("\n\n")[0].replace("\n", " ")
    first = re.sub(r"\s*\[\d+\]_", "", first)
    return first if first.endswith(".") else f"{first}."


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE)
