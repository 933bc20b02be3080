"""Which term of the cost a board shrinks against a reference: the terms of a useful token's cost, and their split (METHODS 6).

A useful token costs the time of silicon that it takes, times what an hour of that silicon costs, and what the harness spends. Silicon is
counted by area, in mm2: a card of Groq and a wafer of Cerebras are not one "chip" each. So

    usd = (reading memory + arithmetic + synchronisation + prefill + judging, mm2-hours)
        x (silicon + memory + packaging + ... + power, USD per mm2-hour) + harness

and `graph.cost.log_ratio` splits the logarithm of the ratio of two such costs over all these terms.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graph.build import NETWORK
from graph.cost.answer_tables import EntrantTerm
from graph.cost.deployment import accelerator, demand, efficiency, language_model, precision
from graph.cost.evidence import Grades
from graph.cost.figures import Figures
from graph.cost.log_ratio import split
from graph.cost.model import CostModel, Key
from graph.cost.rollup import Bill
from graph.cost.samples import bands
from graph.cost.throughput import decode_step_seconds, sync_seconds
from sources.columns import columns
from sources.frames import records_of
from sources.records import GRADES, Board

Array = NDArray[np.float64]
REFERENCES = ("h100", "gb200")
TIMES = ("reading memory", "arithmetic", "synchronisation", "prefill", "judging")
PRICES = (
    "silicon", "memory", "packaging", "module and design", "seller's margin", "server", "network", "facility", "power", "operations",
)  # fmt: skip
HARNESS = "harness"
FAMILY = {**dict.fromkeys(TIMES, "time"), **dict.fromkeys(PRICES, "price"), HARNESS: "harness"}
GRADED_BY = {
    "silicon": ("item:{wafer}.price", "item:{wafer}.defect_density", "board:{board}.compute_die_area"),
    "memory": ("item:{memory}.price", "board:{board}.memory_capacity"),
    "packaging": ("item:{packaging}.price", "item:abf_substrate.price", "board:{board}.substrate_area"),
    "server": ("item:ai_server.gross_margin",),
    "network": (f"item:{NETWORK}.price",),
    "facility": ("item:facility_{cooling}.price", "board:{board}.power_per_accelerator"),
    "power": ("item:electricity.price", "board:{board}.power_per_accelerator", "global:site.power_load_factor"),
    "reading memory": ("board:{board}.memory_bandwidth", "board:{board}.sram_bandwidth", "global:throughput.eta_memory"),
    "arithmetic": ("board:{board}.fp8_compute", "board:{board}.bf16_compute", "global:throughput.eta_compute"),
    "prefill": ("board:{board}.fp8_compute", "board:{board}.bf16_compute", "global:throughput.eta_compute"),
    "synchronisation": ("board:{board}.scale_up_bandwidth", "board:{board}.sync_latency", "global:throughput.sync_latency"),
}
"""Term -> figures that set it, of a board; the weakest grade among those that are there counts. Judging runs on the same chips."""


@dataclass(frozen=True)
class Terms:
    """A useful token's cost by its terms: mm2-hours and USD per mm2-hour behind a million useful tokens, and USD of the harness."""

    times: dict[str, Array]
    prices: dict[str, Array]
    others: dict[str, Array]


def hour_parts(bill: Bill, price: Mapping[str, Array], board: Board) -> dict[str, Array]:
    """What a clock hour of one accelerator pays for, USD by term of `PRICES`; they sum to its price.

    Things that are bought count at their price, whoever earns its margin; the margin of the board's own seller is a term of its own.
    """
    name = board.board_id
    found = {term: np.zeros(()) for term in PRICES}
    amount: dict[str, Array] = {f"hour:{name}": np.ones(())}
    for kind in ("hour", "server", "board", "package", "io_die", "die"):
        step = f"{kind}:{name}"
        if step not in bill:
            continue
        units, one = amount[step], bill[step]
        for needed, q in one.inputs.items():
            if needed.endswith(f":{name}") and not needed.startswith("item:"):
                amount[needed] = amount.get(needed, np.zeros(())) + units * q
            else:
                term = _paid_for(kind, needed, board)
                found[term] = found[term] + units * q * price[needed]
        own = {"hour": "operations", "server": "server", "board": "module and design", "package": "packaging"}.get(kind, "silicon")
        found[own] = found[own] + units * one.own
        margin = "seller's margin" if kind == "board" else own
        found[margin] = found[margin] + units * one.margin * price[step]
    return found


def _paid_for(kind: str, needed: str, board: Board) -> str:
    """The term that something bought belongs to, by what it is bought for."""
    item = needed.removeprefix("item:")
    if kind == "hour":
        return {"electricity": "power", NETWORK: "network"}.get(item, "facility")
    if kind == "package":
        return "memory" if item == board.memory_item else "packaging"
    return {"server": "server", "board": "module and design"}.get(kind, "silicon")


def silicon_area(board_id: str, figures: Figures) -> Array:
    """mm2 of silicon that computes or carries data in one accelerator; memory is counted apart."""
    get = figures.of(f"board:{board_id}", f"the silicon of {board_id}")
    area = get("compute_die_area") * get("compute_die_count")
    count = figures.find(f"board:{board_id}.io_die_count")
    size = figures.find(f"board:{board_id}.io_die_area")
    return np.asarray(area if count is None or size is None else area + count * size)


def step_parts(model: CostModel, key: Key, kinds: Mapping[str, str], boards: Mapping[str, Board], figures: Figures) -> dict[str, Array]:
    """Parts of a decoding step by what it waits for: memory or arithmetic, whichever is slower, then synchronisation with launch.

    No formula of its own: the step as the roofline gives it, with and without what it waits for.
    """
    board_id, model_id, workload_id = key
    priced, board = model.deployments[key], boards[board_id]
    chip = accelerator(board_id, board.kind, precision(board_id, board.kind, figures)[1], figures)
    language = language_model(model_id, kinds[model_id], priced.bits, figures, board_id)
    eff, asked = efficiency(board_id, figures), demand(workload_id, figures)
    chips, batch, context = priced.point.chips, priced.point.batch, asked.prompt + asked.answer / 2.0
    step = decode_step_seconds(language, chip, eff, chips, batch, context)
    waiting = sync_seconds(language, chip, eff, chips, batch) + eff.launch
    unbound = replace(chip, bandwidth=np.asarray(np.inf))
    arithmetic = decode_step_seconds(language, unbound, eff, chips, batch, context) - waiting
    busy = step - waiting
    reads = busy > arithmetic * (1.0 + 1e-9)
    return {
        "reading memory": np.where(reads, busy, 0.0) / step,
        "arithmetic": np.where(reads, 0.0, busy) / step,
        "synchronisation": waiting / step,
    }


def terms(
    model: CostModel, key: Key, kinds: Mapping[str, str], boards: Mapping[str, Board], figures: Figures, hour: Mapping[str, Array]
) -> Terms:
    """A deployment's cost by its terms.

    Parameters
    ----------
    kinds : model id -> 'dense' or 'moe'; boards : by id
    hour : `hour_parts` of its board
    """
    board_id, _, workload_id = key
    asked, area = demand(workload_id, figures), silicon_area(board_id, figures)
    hours = {term: np.zeros(()) for term in TIMES}
    others = np.zeros(())
    for needed, q in model.deployments[key].useful.inputs.items():
        kind, _, rest = needed.partition(":")
        if kind == "hour":
            hours["judging"] = hours["judging"] + q
        elif kind == "served":
            served: Key = tuple(rest.split("/"))  # type: ignore[assignment]
            priced = model.deployments[served]
            total = q * priced.served.inputs[f"hour:{board_id}"]
            decode = q * priced.output_hours * asked.output_tokens / (asked.input_tokens + asked.output_tokens)
            for term, part in step_parts(model, served, kinds, boards, figures).items():
                hours[term] = hours[term] + decode * part
            hours["prefill"] = hours["prefill"] + (total - decode)
        else:
            others = others + q * model.price[needed]
    return Terms({k: h * area for k, h in hours.items()}, {k: usd / area for k, usd in hour.items()}, {HARNESS: others})


def entrant_terms(
    model: CostModel, core: Mapping[str, pd.DataFrame], figures: Figures, keys: Iterable[Key], references: Iterable[str] = REFERENCES
) -> pd.DataFrame:
    """cost.entrant_term: of each deployment, the terms of its cost against that of each reference board for the same model and workload."""
    boards = {b.board_id: b for b in records_of(core["board"], Board)}
    kinds = dict(zip(core["model"]["model_id"], core["model"]["kind"], strict=True))
    graded = Grades(core, figures)
    hours = {b: hour_parts(model.bill, model.price, board) for b, board in boards.items()}
    known: dict[Key, Terms] = {}

    def of(key: Key) -> Terms:
        if key not in known:
            known[key] = terms(model, key, kinds, boards, figures, hours[key[0]])
        return known[key]

    @cache
    def grades(term: str, board_id: str, workload_id: str) -> str:
        return _grade(term, board_id, workload_id, boards, figures, graded)

    rows: list[dict[str, object]] = []
    logs: list[Array] = []
    for key in keys:
        for reference in references:
            base: Key = (reference, *key[1:])
            if reference == key[0] or base not in model.deployments:
                continue
            ours, theirs = of(key), of(base)
            found = split(ours.times, ours.prices, ours.others, theirs.times, theirs.prices, theirs.others)
            usd, usd0 = _usd(ours), _usd(theirs)
            for term, part in found.items():
                grade = max((grades(term, b, key[2]) for b in (key[0], reference)), key=GRADES.index)
                rows.append(
                    {
                        "board_id": key[0], "reference": reference, "model_id": key[1], "workload_id": key[2], "term": term,
                        "family": FAMILY[term], "usd_board": usd[term], "usd_reference": usd0[term], "grade": grade,
                    }
                )  # fmt: skip
                logs.append(np.asarray(part))
    frame = pd.DataFrame(rows)
    if len(frame):
        frame[["log_low", "log_central", "log_high"]] = bands(logs)
        frame["factor"] = np.exp(frame["log_central"])
    return frame.reindex(columns=[c.name for c in columns(EntrantTerm)])


def _usd(of: Terms) -> dict[str, float]:
    """USD per million useful tokens that go by each term, at central values: once by what is paid for, once by what the time goes into."""
    times, prices = ({k: float(np.asarray(v).flat[0]) for k, v in parts.items()} for parts in (of.times, of.prices))
    hours, rate = sum(times.values()), sum(prices.values())
    return {
        **{k: v * rate for k, v in times.items()},
        **{j: v * hours for j, v in prices.items()},
        HARNESS: float(np.asarray(of.others[HARNESS]).flat[0]),
    }


def _grade(term: str, board_id: str, workload_id: str, boards: Mapping[str, Board], figures: Figures, graded: Grades) -> str:
    """The weakest grade among the figures that set a term; 'estimate' where none is known."""
    board = boards[board_id]
    if term == "seller's margin":
        return graded.margin(f"board:{board_id}", workload_id)
    if term == "module and design":
        return graded.own(f"board:{board_id}", workload_id)
    if term == "operations":
        return graded.own(f"hour:{board_id}", workload_id)
    fill = {
        "board": board_id,
        "wafer": board.wafer_item,
        "memory": board.memory_item,
        "packaging": board.packaging_item,
        "cooling": board.cooling,
    }
    names = [name.format(**fill) for name in GRADED_BY.get(term, ())]
    found = [GRADES.index(figures.grade(name)) for name in names if name in figures]
    return GRADES[max(found)] if found else "estimate"
