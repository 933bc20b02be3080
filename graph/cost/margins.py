"""Who earns gross margin on a useful token, by layer and year, and whether it moves from silicon to harness (METHODS 6).

The goods behind a token are today's, and what they cost their makers stays what it is today; each seller's margin is that of the year. A
seller's margin moves with that of the firm that stands for it: of a price, the part that is cost changes in the proportion in which it
changed at the firm. Where no figure of a year is known, the margin stays today's and the row says which part of it that is.

Above the chain, which ends at cost, stand two sellers: of tokens to the application, and of the application to its users.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graph.cost.answer_tables import MarginByLayer, MarginShift
from graph.cost.dated_margins import TODAY, YEARS, Dated, DatedMargins
from graph.cost.evidence import Grades
from graph.cost.figures import Figures
from graph.cost.model import CostModel, Key, layer_of
from graph.cost.rollup import Step, activity, behind, prices
from graph.cost.samples import bands
from sources.columns import columns
from sources.frames import records_of
from sources.records import GRADES, LAYERS, Board

Array = NDArray[np.float64]
GROUPS = {
    **dict.fromkeys(("materials", "equipment", "foundry", "memory", "packaging", "networking", "boards"), "silicon"),
    **dict.fromkeys(("power", "cooling", "sites"), "power and sites"), "tokens": "tokens", "harness": "harness",
}  # fmt: skip
STANDS_FOR = {"hbm": "org:sk_hynix", "dram": "org:sk_hynix", "lpddr": "org:sk_hynix", "cowos": "org:tsmc", "soic": "org:tsmc"}
"""How an item's id begins -> the firm whose margin of the year stands for its sellers'."""
TSMC_WAFERS = ("wafer_n",)
LABS = ("org:openai", "org:anthropic")
"""Sellers of tokens, weighed by revenue, in the years for which both are known; today what is in use of `item:token`."""
APPLICATION = {"coding_agent": "item:coding_agent"}
"""Workload -> the seller of its application; makers of AI products in general for the others."""
AI_PRODUCT, TOKEN = "item:grounded_assistant", "item:token"
DECIDED = 0.9
"""So many draws must agree before a direction is called one."""
KNOWN = 0.5
"""So much of a group's margin, and all of the margins of tokens and application, must rest on figures of the year, or nothing is said."""


@dataclass
class _Layer:
    """A layer's own cost and margin: USD, later parts of the buyer's dollar; of the margin, what is dated and what it rests on."""

    own: Array = field(default_factory=lambda: np.zeros(()))
    margin: Array = field(default_factory=lambda: np.zeros(()))
    dated: float = 0.0
    size: float = 0.0
    parts: list[tuple[float, str, str]] = field(default_factory=list)

    def earns(self, usd: Array, is_dated: bool, grade: str, whose: str) -> None:
        """Adds a seller's margin; its size at central values says how much it counts."""
        size = abs(float(np.asarray(usd).flat[0]))
        self.margin = self.margin + usd
        self.size, self.dated = self.size + size, self.dated + size * is_dated
        if size:
            self.parts.append((size, grade, whose))

    @property
    def dated_share(self) -> float:
        return self.dated / self.size if self.size else 1.0

    @property
    def telling(self) -> list[tuple[float, str, str]]:
        """Sellers of a hundredth or more of the margin."""
        return [part for part in self.parts if part[0] >= 0.01 * self.size]


def margins_by_layer(
    model: CostModel, core: Mapping[str, pd.DataFrame], figures: Figures, keys: Iterable[Key], years: Sequence[int] = YEARS
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """cost.margin_by_layer and cost.margin_shift."""
    keys = list(keys)
    dated, graded = DatedMargins(core["parameter"], figures.draws), Grades(core, figures)
    layers = dict(zip(core["item"]["item_id"], core["item"]["layer"], strict=True))
    designers = {b.board_id: b.designer for b in records_of(core["board"], Board)}
    targets = {key: "useful:" + "/".join(key) for key in keys}
    bill = behind(model.bill, targets.values())
    amounts = {key: activity(behind(bill, [target]), target) for key, target in targets.items()}
    rows: list[dict[str, object]] = []
    shares: list[Array] = []
    stacks: dict[tuple[Key, int], dict[str, _Layer]] = {}
    for year in years:
        used = {name: found for name in bill if (found := _dated(name, year, dated, designers)) is not None}
        then = {name: replace(one, margin=_moved(one.margin, *used[name])) if name in used else one for name, one in bill.items()}
        price = prices(then)
        for key in keys:
            stack = _stack(key, year, amounts[key], then, price, used, layers, dated, graded)
            stacks[key, year] = stack
            for layer in sorted(stack, key=LAYERS.index):
                one = stack[layer]
                rows.append(
                    {
                        "board_id": key[0], "model_id": key[1], "workload_id": key[2], "year": year, "layer": layer,
                        "own_share": float(np.asarray(one.own).flat[0]), "dated_share": one.dated_share,
                        "grade": max((grade for _, grade, _ in one.telling), key=GRADES.index, default="estimate"),
                        "rests_on": "; ".join(sorted({whose for _, _, whose in one.telling if whose})) or "margins in use today",
                    }
                )  # fmt: skip
                shares.append(one.margin)
    frame = pd.DataFrame(rows)
    if len(frame):
        frame[["margin_share_low", "margin_share_central", "margin_share_high"]] = bands(shares)
    return frame.reindex(columns=[c.name for c in columns(MarginByLayer)]), _shifts(keys, years, stacks)


def _dated(name: str, year: int, dated: DatedMargins, designers: Mapping[str, str]) -> tuple[Dated, Dated] | None:
    """(margin of the year, margin of today) of the firm that stands for a step's seller; None where there is none."""
    kind, _, rest = name.partition(":")
    if kind == "board":
        firm = f"org:{designers[rest]}"
    elif kind == "item":
        firm = next((f for start, f in STANDS_FOR.items() if rest.startswith(start)), "")
        firm = "org:tsmc" if rest.startswith(TSMC_WAFERS) else firm
    else:
        return None
    then, now = dated.of(firm, year), dated.of(firm, TODAY)
    return (then, now) if then is not None and now is not None else None


def _moved(margin: Array, then: Dated, now: Dated) -> Array:
    """A margin of today moved to a year: the part of the price that is cost changes as it did at the firm, at its central figure of today."""
    today = float(np.asarray(now.margin).flat[0])
    return np.asarray(margin) if then.whose == now.whose else 1.0 - (1.0 - margin) * (1.0 - then.margin) / (1.0 - today)


def _stack(
    key: Key,
    year: int,
    amounts: Mapping[str, Array],
    bill: Mapping[str, Step],
    price: Mapping[str, Array],
    used: Mapping[str, tuple[Dated, Dated]],
    layers: Mapping[str, str],
    dated: DatedMargins,
    graded: Grades,
) -> dict[str, _Layer]:
    """Layer -> own cost and margin as parts of the buyer's dollar, in draws, and what they rest on."""
    target, workload = "useful:" + "/".join(key), key[2]
    found = {layer: _Layer() for layer in LAYERS}
    for name, amount in amounts.items():
        one = found[layer_of(name, layers)]
        one.own = one.own + amount * bill[name].own
        then = used[name][0] if name in used else None
        grade, whose = (graded.margin(name, workload, key[0]), "") if then is None else (then.grade, then.whose)
        one.earns(amount * bill[name].margin * price[name], then is not None or year == TODAY, grade, whose)
    total = np.asarray(price[target])
    served = sum((q * price[n] for n, q in bill[target].inputs.items() if not n.startswith("item:")), np.zeros(()))
    entity = APPLICATION.get(workload, AI_PRODUCT)
    tokens = dated.of_several(LABS, year) if year != TODAY else dated.of(TOKEN, year)
    for layer, then, usual in (("tokens", tokens, TOKEN), ("harness", dated.of(entity, year), entity)):
        margin = then or dated.of(usual, TODAY)
        if margin is None:
            continue
        earned = (served if layer == "tokens" else total) * margin.margin / (1.0 - margin.margin)
        found[layer].earns(
            earned, then is not None, margin.grade, margin.whose if then else f"{margin.whose}, for want of a figure of {year}"
        )
        total = total + earned
    for one in found.values():
        one.own, one.margin = one.own / total, np.asarray(one.margin / total)
    return {layer: one for layer, one in found.items() if np.any(one.own) or one.size}


def _shifts(keys: Sequence[Key], years: Sequence[int], stacks: Mapping[tuple[Key, int], Mapping[str, _Layer]]) -> pd.DataFrame:
    """cost.margin_shift: from each earlier year to the last."""
    rows: list[dict[str, object]] = []
    for key in keys:
        for year in years[:-1]:
            for group in dict.fromkeys(GROUPS.values()):
                (before, known), (after, known_after) = (_grouped(stacks[key, y], group) for y in (year, years[-1]))
                change = np.atleast_1d(after - before)
                ((low, mid, high),) = bands([change])
                rises = float(np.mean(change[1:] > 0)) if change.size > 1 else float(change[0] > 0)
                above = min(stacks[key, y][layer].dated_share for y in (year, years[-1]) for layer in ("tokens", "harness"))
                finding = "rises" if rises >= DECIDED else "falls" if rises <= 1 - DECIDED else "not decided"
                if min(known, known_after, above) < KNOWN:
                    finding = "not known"
                rows.append(
                    {
                        "board_id": key[0], "model_id": key[1], "workload_id": key[2], "layers": group, "from_year": year,
                        "to_year": years[-1], "share_from": float(np.atleast_1d(before)[0]), "share_to": float(np.atleast_1d(after)[0]),
                        "change_low": low, "change_central": mid, "change_high": high, "probability_rises": rises,
                        "dated_share_from": known, "dated_share_to": known_after, "finding": finding,
                    }
                )  # fmt: skip
    return pd.DataFrame(rows).reindex(columns=[c.name for c in columns(MarginShift)])


def _grouped(stack: Mapping[str, _Layer], group: str) -> tuple[Array, float]:
    """(margin of a group of layers as a part of the buyer's dollar, the part of it that rests on figures of the year)"""
    mine = [one for layer, one in stack.items() if GROUPS[layer] == group]
    size = sum(one.size for one in mine)
    return np.asarray(sum((one.margin for one in mine), np.zeros(()))), sum(one.dated for one in mine) / size if size else 1.0
