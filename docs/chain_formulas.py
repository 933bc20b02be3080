"""What docs/chain.md prints: the functions of the cost chain, each traced at a point inside of its range."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from types import SimpleNamespace
from typing import Any, get_type_hints

import pandas as pd

from docs import chain_symbols
from docs.chain_calls import Calls, Function
from docs.chain_symbols import Symbol
from graph.cost import chain, deployment, harness, operating_point, rollup, silicon, site, throughput
from graph.cost.figures import Figures
from graph.cost.latex import cases, latex
from graph.cost.operating_point import OperatingPoint
from graph.cost.program import Program
from graph.cost.rollup import Step, prices
from graph.cost.traced import traced

MODULES = [silicon, site, throughput, operating_point, harness, chain, deployment]
SYMBOLS: dict[str, Mapping[str, Symbol]] = {
    "Prices": chain_symbols.PRICE,
    "Silicon": chain_symbols.SILICON,
    "Package, accelerator, server": chain_symbols.BILL,
    "Accelerator-hour": chain_symbols.SITE,
    "Throughput": chain_symbols.THROUGHPUT,
    "Harness": chain_symbols.HARNESS,
    "Served and useful tokens": chain_symbols.TOKEN,
}
"""Part of the chain -> its symbols, in the order of the page."""


@dataclass(frozen=True)
class Formula:
    """One formula.

    where : names of the quantities in it; only_if : conditions on which it is the case that holds; says : what it is
    program, result : what it was printed from
    """

    part: str
    function: Function
    left: str
    right: str
    where: tuple[str, ...]
    only_if: tuple[str, ...]
    says: str
    program: Program
    result: str


@dataclass(frozen=True)
class Own:
    """A function that is printed by itself.

    symbol : stands for it, here and where others call it; point : values of its arguments, 0.6 for those left out
    given : arguments that are no quantities, or not to be traced
    """

    part: str
    function: Function
    symbol: str
    point: Mapping[str, float]
    note: str = ""
    given: Mapping[str, Any] | None = None
    member: str = ""


MIXTURE = {"experts": 8.0, "experts_per_token": 2.0, "total_parameters": 47e9, "shared_parameters": 2e9, "chips": 4.0, "scale_up": 8.0}
ACROSS = MIXTURE | {"chips": 16.0}
OWN = [
    Own("Silicon", silicon.dies_per_wafer, "G", {"area": 814.0, "diameter": 300.0, "edge": 3.0, "scribe": 0.1}),
    Own("Silicon", silicon.poisson_yield, r"Y_{\mathrm{P}}", {"area": 814.0}),
    Own("Silicon", silicon.murphy_yield, r"Y_{\mathrm{M}}", {"area": 814.0}),
    Own("Silicon", silicon.seeds_yield, r"Y_{\mathrm{S}}", {"area": 814.0}),
    Own("Silicon", silicon.negative_binomial_yield, r"Y_{\mathrm{NB}}", {"area": 814.0, "alpha": 3.0}),
    Own("Silicon", silicon.bose_einstein_yield, r"Y_{\mathrm{BE}}", {"area": 814.0, "layers": 10.0}),
    Own(
        "Silicon", silicon.partial_good_yield, r"Y_{\mathrm{part}}", {"unit_yield": 0.9},
        "Printed for 8 blocks of which 2 may be bad: the sum has one more term for each spare, and their numbers are counts.",
        {"units": 8, "spares": 2},
    ),
    Own(
        "Silicon", silicon.die_yield, r"Y_{\mathrm{die}}", {"area": 814.0, "alpha": 3.0},
        "Printed for 8 blocks of which 2 may be bad; with no spares it is the negative binomial law of the whole die.",
        {"units": 8, "spares": 2},
    ),
    Own("Silicon", silicon.wafers_per_good_die, "W_1", {"gross_dies": 60.0}),
    Own("Silicon", silicon.package_yield, r"Y_{\mathrm{package}}", {"bonded": 9.0}),
    Own("Accelerator-hour", site.capital_recovery_factor, r"\mathrm{CRF}", {"years": 5.0}),
    Own("Accelerator-hour", site.delay_carrying_cost, r"\delta", {"months": 18.0}),
    Own("Throughput", throughput.weights_read, "W", MIXTURE),
    Own("Throughput", throughput.weights_read, "W", {"experts": 0.0}),
    Own("Throughput", throughput.arithmetic_seconds, r"\tau", {}),
    Own("Throughput", throughput.sync_seconds, "S", MIXTURE),
    Own("Throughput", throughput.sync_seconds, "S", ACROSS),
    Own("Throughput", throughput.sync_seconds, "S", MIXTURE | {"experts": 0.0}),
    Own(
        "Throughput", throughput.decode_step_seconds, "t", MIXTURE,
        "Where the weights are wired into the chip none are read, and the first term is left out.",
    ),
    Own("Throughput", throughput.prefill_chip_seconds, r"\pi_p", MIXTURE),
    Own(
        "Throughput", throughput.first_token_seconds, r"t_1", MIXTURE,
        "Where the weights are wired into the chip the time to read them is left out.",
    ),
    Own("Throughput", throughput.memory_needed, "M", {}),
    Own("Throughput", throughput.fits, "", {}),
    Own("Throughput", operating_point.at, "v", MIXTURE, "Tokens per second that a user sees.", None, "speed"),
    Own(
        "Throughput", operating_point.at, r"\pi_o", MIXTURE,
        "Chip-seconds per output token. Which $n$ and $B$ are taken has no formula: `graph.cost.operating_point.choose` tries groups and "
        "batches and takes the cheapest that fit and are in time.", None, "decode",
    ),
    Own("Harness", harness.acceptance, "a", {}),
    Own("Harness", harness.expected_attempts, "J", {"cap": 3.0}),
    Own("Harness", harness.useful_tokens_per_task, "U", {"cap": 3.0}),
    Own("Harness", harness.cost_per_useful_token, "C", {"cap": 3.0}),
    Own("Harness", harness.input_token_weight, r"\omega", {}),
]  # fmt: skip
STANDS = {
    one.function: (one.symbol, SYMBOLS[one.part])
    for one in OWN
    if one.function is not silicon.wafers_per_good_die and one.symbol and not one.member
}
"""Function -> its symbol and those of its parameters, where others call it."""
READ: list[tuple[str, Function, str, str]] = [
    ("Package, accelerator, server", chain.silicon_steps, "die:x.price", "A known good die."),
    ("Package, accelerator, server", chain.silicon_steps, "io_die:x.price", "The same for a separate I/O die."),
    ("Package, accelerator, server", chain.silicon_steps, "package:x.price",
     "A good package. Each term over the whole is its share of the package's cost. A published count of dies or of packages per wafer is used as it is."),
    ("Package, accelerator, server", chain.accelerator_step, "board:x.price",
     "The accelerator as sold, with a part that stands for all of the module's. Where its price is published the margin is what that leaves."),
    ("Package, accelerator, server", chain.server_step, "server:x.price", "One accelerator's part of its server or rack."),
    ("Accelerator-hour", chain.hour_step, "hour:x.servers", "What an hour takes of the server, and as much of the network."),
    ("Accelerator-hour", chain.hour_step, "hour:x.facility", "What it takes of the facility, with the capital that waits for its connection."),
    ("Accelerator-hour", chain.hour_step, "hour:x.electricity", "What it takes of the grid."),
    ("Accelerator-hour", chain.hour_step, "hour:x.price", "A clock hour of an accelerator, whether or not anything is served in it."),
    ("Accelerator-hour", deployment.busy_seconds, "busy_seconds_per_hour", "Seconds of an hour in which an accelerator works: they bear the cost of all."),
    ("Served and useful tokens", deployment.attempt_seconds, "x/m/w.attempt", r"Chip-seconds of an attempt; $\omega$, $\pi_p$, $\pi_o$ are above."),
    ("Served and useful tokens", deployment.price, "served:x/m/w.price", "A million served tokens, input or output."),
    ("Served and useful tokens", deployment.price, "workload:w.attempts_per_million", "Attempts behind a million useful tokens; $J$, $U$: of the harness."),
    ("Served and useful tokens", deployment.price, "useful:x/m/w.price",
     "A million useful tokens, with the judge's time, retrieval, tools and the gateway; false accepts are told beside it."),
]  # fmt: skip
"""(part, function that computes it, quantity of the chain, what it is)"""
BOARD: Any = SimpleNamespace(
    board_id="x",
    wafer_item="wafer",
    io_wafer_item="io_wafer",
    packaging_item="cowos",
    memory_item="hbm",
    system_item="server",
    cooling="air",
)
"""A board that has everything the chain knows of."""


@cache
def formulas() -> tuple[Formula, ...]:
    """All of them, in the order of the page."""
    found = [_own(one) for one in OWN] + [_read(*one) for one in READ] + list(_item())
    return tuple(one for part in SYMBOLS for one in found if one.part == part)


def _own(one: Own) -> Formula:
    calls = Calls(SYMBOLS[one.part])
    arguments = {name: _argument(name, one) for name in inspect.signature(one.function).parameters}
    with calls.standing({f: s for f, s in STANDS.items() if f is not one.function}, MODULES):
        value = one.function(**arguments)
    program = Program({"result": getattr(value, one.member) if one.member else value})
    says = one.note if one.member else " ".join(said for said in (_says(one.function), one.note) if said)
    return _printed(one.part, one.function, one.symbol, program, "result", says, calls)


def _says(function: Function) -> str:
    """The first paragraph of its docstring, without references and without the formula that it begins with."""
    first = (inspect.getdoc(function) or "").split("\n\n")[0].replace("\n", " ")
    first = re.sub(r"\s*\[\d+\]_", "", first)
    first = re.sub(r"^[^`:.]*[=^(/][^`:]*: ", "", first)
    return f"{first[0].upper()}{first[1:].removesuffix('.')}."


def _argument(name: str, one: Own) -> Any:
    if name in (one.given or {}):
        return (one.given or {})[name]
    kind = get_type_hints(one.function).get(name)
    if is_dataclass(kind) and isinstance(kind, type):
        return kind(**{f.name: True if f.name == "reads_weights" else traced(f.name, one.point.get(f.name, 0.6)) for f in fields(kind)})
    return traced(name, one.point.get(name, 0.6))


def _read(part: str, function: Function, quantity: str, note: str) -> Formula:
    program, calls = _chain()
    left = "" if quantity.startswith("useful:") else calls.symbols[quantity]
    calls.symbols |= {name: one.tex for name, one in SYMBOLS[part].items()}
    return _printed(part, function, left or r"p_{\mathrm{useful}}", program, quantity, note, calls)


def _printed(part: str, function: Function, left: str, program: Program, name: str, says: str, calls: Calls) -> Formula:
    return Formula(
        part, function, left, latex(program, name, calls.symbols), tuple(calls.legend(program, name)),
        tuple(cases(program, name, calls.symbols)), says, program, name,
    )  # fmt: skip


def _figures(names: Iterable[str], values: Mapping[str, float]) -> Figures:
    none = pd.DataFrame(
        columns=["entity_id", "parameter", "item_id", "requirement_id", "status", "low", "central", "high", "grade", "source_id"]
    )
    rows = {name: (values.get(name, 0.6), values.get(name, 0.6), values.get(name, 0.6), "estimate") for name in names}
    return Figures(none, none, none).with_more(rows).as_traced()


@cache
def _chain() -> tuple[Program, Calls]:
    """The chain from the die to the useful token of one board, as the functions trace it."""
    known = {**chain_symbols.BILL, **chain_symbols.SITE, **chain_symbols.TOKEN}
    calls = Calls(known)
    asked = [name for name in known if ":" in name and not name.endswith(".price")]
    limits = ["workload:w.min_speed", "workload:w.max_ttft"]  # they are asked for, and stand in no price
    figures = _figures([*asked, *limits], {"board:x.compute_die_area": 814.0, "board:x.io_die_area": 80.0})
    priced: dict[str, Callable[[], Step]] = {
        name.removesuffix(".price"): lambda name=name: Step({}, traced(name, 1.0), 0.0) for name in known if name.startswith("item:")
    }
    bill = {name: make() for name, make in priced.items()}
    parts, server_parts = {"part": traced("module.amount", 2.0)}, {"part": traced("server.amount", 2.0)}
    none = pd.DataFrame(columns=["consumer_id", "input_id", "status", "central", "requirement_id"])
    point = OperatingPoint(traced("x/m/w.decode", 0.01), traced("x/m/w.prefill", 0.001), 1.0, 1.0, traced("v", 50.0), 1.0, 1.0, fits=True)
    with calls.standing(STANDS, MODULES):
        bill |= chain.silicon_steps(BOARD, figures)
        bill["board:x"] = chain.accelerator_step(BOARD, parts, bill, {name: traced(f"{name}.price", 1.0) for name in priced}, figures)
        bill["server:x"] = chain.server_step(BOARD, server_parts, none, figures)
        bill["hour:x"] = chain.hour_step(BOARD, figures)
        deployed = deployment.price("x", "m", "w", point, 8, "small", figures)
    bill |= {"served:x/m/w": deployed.served, "useful:x/m/w": deployed.useful}
    bill["served:x/small/w"] = Step({}, traced("served:x/small/w.price", 1.0), 0.0)
    return Program({"result": prices(bill)["useful:x/m/w"]}), calls


def _item() -> Iterable[Formula]:
    """What an item's price leaves of its own, and the price that comes of it."""
    names = [name for name in chain_symbols.PRICE if ":" in name]
    figures = _figures(names, {"item:thing.price": 9.0})
    items = pd.DataFrame({"item_id": ["thing", "first", "second"], "unit": ["count"] * 3})
    needs = pd.DataFrame(
        {"consumer_id": "thing", "input_id": ["first", "second"], "requirement_id": ["first", "second"],
         "status": "current", "central": 0.6, "mix": 1.0}
    )  # fmt: skip
    bill = chain.item_bill(items, needs, [], figures)
    calls = Calls(chain_symbols.PRICE)
    own = Program({"result": bill["item:thing"].own})
    yield _printed(
        "Prices", chain.item_bill, "v", own, "result", "What a published price leaves of its own, of an item with two inputs.", calls
    )
    built = {**bill, "item:thing": Step(bill["item:thing"].inputs, traced("own", 1.0), bill["item:thing"].margin)}
    program = Program({"result": prices(built)["item:thing"]})
    note = "The price that comes of it; things that need each other are solved together, which has no formula of one line."
    yield _printed("Prices", rollup.prices, "p", program, "result", note, calls)
