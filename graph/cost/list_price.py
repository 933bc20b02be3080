"""The gateway of those who buy tokens at list price: the cheapest adequate model for a workload (METHODS 5.11).

A list price is read as a machine whose second costs one dollar: a token takes as many seconds as its price says. What buys tokens so
is then priced by `deployment.price` as anything else is: cached input, attempts, gate, judge, search and tools, and the part that the
gateway sends to a small model, bought where that is cheapest.

Adequate is a model whose measured success is at least `ADEQUATE` of the best measured one. Success of models side by side is on record for
coding agents alone (one agent on one benchmark, which counts passed tests). What of that is truly good is the workload's: the success of a
model is the workload's success times its passed tests over those of the field. Where no success of a model is on record the workload's own stands in for
it, so that its cost is that of a model as good as the field; it is then not called adequate, nor inadequate.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graph.cost.deployment import MILLION, Priced, busy_seconds, demand, price
from graph.cost.evidence import weakest
from graph.cost.figures import Figures
from graph.cost.harness_tables import ListPrice
from graph.cost.headline import SMALL_MODEL
from graph.cost.operating_point import OperatingPoint
from graph.cost.rollup import Step, prices
from graph.cost.samples import bands
from graph.cost.spending import HARNESS_SPENDING
from graph.cost.traced import Number
from sources.columns import columns

Array = NDArray[np.float64]
ADEQUATE = 0.95
"""Part of the best measured success that is enough: the quality at which savings by routing are published (RouteLLM)."""
SELLER = "list"
"""Stands where a board's id does in the names of steps."""
MEASURED = "item:coding_agent.resolve_rate_of_"
"""Before the name of a model, as price lists write it: the part of the benchmark's tasks that one agent solves with it."""
FIELD = "item:coding_agent.resolve_rate"
"""The same of the field: the median of those models."""
BILL = "item:coding_agent.cost_per_task_of_"
"""Before the name of a model: the model bill per task of the same runs, which is compared and not used."""
SUCCESS_OF = ("coding_agent",)
"""Workloads for which success of models side by side is on record."""


@dataclass(frozen=True)
class Offer:
    """A seller's price of one model. USD per million tokens; name : of the model, as `slug` writes it."""

    provider: str
    model: str
    name: str
    model_id: str | None
    input_usd: float
    cached_usd: float
    output_usd: float
    as_of: str
    source_id: str


def slug(model: str) -> str:
    """'z-ai/GLM-4.7' -> 'glm_4_7': the last part of a listed name, in the letters of an id."""
    return re.sub(r"[^a-z0-9]+", "_", model.rsplit("/", 1)[-1].lower()).strip("_")


def offers(model_price: pd.DataFrame) -> list[Offer]:
    """What can be bought: offers with both prices. Left out are free ones, and batch interfaces (':batch'), which answer within a day.

    Where no price of cached input is listed, it costs what fresh input does.
    """
    kept = model_price[(model_price["input_usd_per_mtoken"] > 0) & (model_price["output_usd_per_mtoken"] > 0)]
    kept = kept[~kept["model"].str.endswith(":batch")]
    names = ("provider", "model", "model_id", "input_usd_per_mtoken", "cached_input_usd_per_mtoken", "output_usd_per_mtoken", "as_of",
             "source_id")  # fmt: skip
    found = []
    for provider, model, model_id, fresh, cached, output, as_of, source_id in kept[list(names)].itertuples(index=False, name=None):
        known = model_id if isinstance(model_id, str) else None
        found.append(
            Offer(provider, model, slug(model), known, fresh, fresh if cached != cached else cached, output, str(as_of), source_id)
        )
    return found


@dataclass(frozen=True)
class Bought:
    """What useful tokens cost by some offers, in draws: shape (offers, 1 + draws), the central value first.

    usd : per million useful tokens; rework_usd : loss from bad results on top; attempt_usd : tokens of one attempt, shape (offers,)
    success : part of the attempts that are truly good
    """

    usd: Array
    rework_usd: Array
    attempt_usd: Array
    success: Array


def bought(some: Sequence[Offer], workload_id: str, figures: Figures, item_usd: Mapping[str, Number], small: Offer | None) -> Bought:
    """Price useful tokens by offers.

    Parameters
    ----------
    item_usd : 'item:...' -> USD per unit of what the harness pays for (`HARNESS_SPENDING`)
    small : what the gateway buys for the part that it sends to a small model; None where it sends nothing
    """

    def machine(of: Sequence[Offer]) -> tuple[OperatingPoint, Figures]:
        fresh, cached, output = (np.array([[getattr(o, f"{kind}_usd")] for o in of]) for kind in ("input", "cached", "output"))
        one = np.ones(())
        point = OperatingPoint(output / MILLION, fresh / MILLION, one, one, one, one, one, fits=True)
        ratios = {"global:throughput.cache_read_ratio": cached / fresh, "global:throughput.cache_write_ratio": np.zeros(())}
        success = np.stack(np.broadcast_arrays(*(np.atleast_1d(success_of(o.name, workload_id, figures)) for o in of)))
        return point, figures.given({**ratios, f"workload:{workload_id}.success_rate": success})

    point, own = machine(some)
    steps = {f"hour:{SELLER}": Step({}, busy_seconds(figures), np.zeros(()))}
    steps |= {f"item:{item}": Step({}, item_usd[f"item:{item}"], np.zeros(())) for item in HARNESS_SPENDING}
    if small is not None:
        steps[f"served:{SELLER}/small/{workload_id}"] = _priced("small", workload_id, *machine([small]), None).served
    done = _priced("model", workload_id, point, own, "small" if small is not None else None)
    steps |= {f"served:{SELLER}/model/{workload_id}": done.served, f"useful:{SELLER}/model/{workload_id}": done.useful}
    found = prices(steps)
    asked = demand(workload_id, figures)
    usd, rework, success = np.broadcast_arrays(
        found[f"useful:{SELLER}/model/{workload_id}"], done.rework_usd, own.get(f"workload:{workload_id}.success_rate", "success")
    )
    tokens = (asked.input_tokens + asked.output_tokens) / MILLION
    attempt = np.broadcast_to(found[f"served:{SELLER}/model/{workload_id}"] * tokens, usd.shape)[:, 0]
    return Bought(usd, rework, attempt, success)


def _priced(name: str, workload_id: str, point: OperatingPoint, figures: Figures, small: str | None) -> Priced:
    return price(SELLER, name, workload_id, point, 0, small, figures)


def success_of(name: str, workload_id: str, figures: Figures) -> Number:
    """Part of the attempts that are truly good with a model: measured where it is, else the workload's own."""
    own = figures.get(f"workload:{workload_id}.success_rate", "success at list prices")
    if not is_measured(name, workload_id, figures):
        return own
    passed, field = (figures.get(n, "success of a model") for n in (MEASURED + name, FIELD))
    return np.minimum(own * passed / field, 1.0)


def is_measured(name: str, workload_id: str, figures: Figures) -> bool:
    """Whether success of this model is on record for this workload."""
    return workload_id in SUCCESS_OF and MEASURED + name in figures


def cheapest_offers(some: Sequence[Offer], found: Bought, key: Callable[[Offer], str]) -> list[int]:
    """The place of each model's cheapest offer at central values; `key` names the model."""
    best: dict[str, int] = {}
    for k, offer in enumerate(some):
        if key(offer) not in best or found.usd[k, 0] < found.usd[best[key(offer)], 0]:
            best[key(offer)] = k
    return list(best.values())


def list_price_table(
    model_price: pd.DataFrame,
    workloads: Iterable[str],
    figures: Figures,
    item_usd: Mapping[str, Number],
    own: Mapping[tuple[str, str], tuple[str, tuple[float, float, float]]],
) -> pd.DataFrame:
    """cost.list_price: for each workload, each model whose success is on record, and each reference model, at its cheapest seller.

    A workload whose calls no model on sale can hold has no row.

    Parameters
    ----------
    own : (model, workload) -> the cheapest board that serves it, and (low, central, high) USD per million useful tokens on it
    """
    every = offers(model_price)
    rows = [row for workload_id in workloads for row in _of_workload(every, workload_id, figures, item_usd, own)]
    return pd.DataFrame(rows, columns=[c.name for c in columns(ListPrice)])


def _of_workload(
    every: Sequence[Offer],
    workload_id: str,
    figures: Figures,
    item_usd: Mapping[str, Number],
    own: Mapping[tuple[str, str], tuple[str, tuple[float, float, float]]],
) -> Iterator[dict[str, object]]:
    of_small = [o for o in every if o.model_id == SMALL_MODEL]
    some = [o for o in every if o.model_id != SMALL_MODEL and _is_asked(o, workload_id, figures)]
    if not of_small or not some:  # nobody sells a model whose context holds a call
        return
    alone = bought(of_small, workload_id, figures, item_usd, None)
    (k,) = cheapest_offers(of_small, alone, lambda _: SMALL_MODEL)
    small = of_small[k]
    routed = bought(some, workload_id, figures, item_usd, small)
    chosen = cheapest_offers(some, routed, lambda o: o.model_id or o.name)
    measured = [k for k in chosen if is_measured(some[k].name, workload_id, figures)]
    best = max((routed.success[k, 0] for k in measured), default=np.nan)
    fit = [k for k in measured if routed.success[k, 0] >= ADEQUATE * best]
    choice = min(fit, key=lambda k: float(routed.usd[k, 0]), default=None)
    listed = [(some[k], routed, k, k == choice) for k in sorted(chosen, key=lambda k: float(routed.usd[k, 0]))]
    listed.append((small, alone, of_small.index(small), False))
    spread = bands([found.usd[k] for _, found, k, _ in listed]).tolist()
    for (offer, found, k, is_choice), (low, central, high) in zip(listed, spread, strict=True):
        known = is_measured(offer.name, workload_id, figures)
        share = float(found.success[k, 0] / best) if known else None
        board, (own_low, own_central, own_high) = own.get((offer.model_id or "", workload_id), (None, (None, None, None)))
        bill = BILL + offer.name
        names = [f"workload:{workload_id}.success_rate", *([MEASURED + offer.name] if known else [])]
        yield {
            "workload_id": workload_id,
            "model": offer.model_id or offer.name,
            "provider": offer.provider,
            "listed_as": offer.model,
            "input_usd_per_mtoken": offer.input_usd,
            "cached_input_usd_per_mtoken": offer.cached_usd,
            "output_usd_per_mtoken": offer.output_usd,
            "attempt_usd": float(found.attempt_usd[k]),
            "measured_attempt_usd": figures.bounds(bill)[1] if known and bill in figures else None,
            "success": float(found.success[k, 0]) if known else None,
            "success_of_best": share,
            "is_adequate": None if share is None else share >= ADEQUATE,
            "is_choice": is_choice,
            "usd_low": low,
            "usd_central": central,
            "usd_high": high,
            "with_rework_usd_central": float(found.usd[k, 0] + found.rework_usd[k, 0]),
            "own_board": board,
            "own_usd_low": own_low,
            "own_usd_central": own_central,
            "own_usd_high": own_high,
            "finding": _finding(workload_id, share, is_choice),
            "grade": weakest(names, figures),
            "source_id": offer.source_id,
            "as_of": offer.as_of,
        }


def _is_asked(offer: Offer, workload_id: str, figures: Figures) -> bool:
    """Whether success with it is on record, or it is a reference model whose context holds a call of the workload."""
    if offer.model_id is None:
        return is_measured(offer.name, workload_id, figures)
    asked = demand(workload_id, figures.at_center())
    held = figures.bounds(f"model:{offer.model_id}.max_context")[1]
    return bool(asked.prompt + asked.answer <= held)


def _finding(workload_id: str, share: float | None, is_choice: bool) -> str:
    if share is None and workload_id in SUCCESS_OF:
        return "not judged: no success of this model is on record; priced as if it did as well as the field"
    if share is None:
        return "not judged: for this workload no success of models side by side is on record; priced at the workload's own success"
    if is_choice:
        return f"adequate, the cheapest: {share:.3f} of the best measured success"
    return f"{'adequate' if share >= ADEQUATE else 'not adequate'}: {share:.3f} of the best measured success"
