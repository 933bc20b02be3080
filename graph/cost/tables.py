"""The tables of schema `cost`, made from a priced model."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graph import results as r
from graph.cost.figures import Figures
from graph.cost.model import CostModel, kind_of, layer_of
from graph.cost.samples import bands
from sources.columns import Table, columns

Array = NDArray[np.float64]
UNITS = {
    "die": "unit", "io_die": "unit", "package": "unit", "board": "unit", "server": "unit",
    "hour": "hour", "served": "Mtoken", "useful": "Mtoken",
}  # fmt: skip
PACKAGE_PARTS = {
    "die": "compute dies", "io_die": "I/O dies", "memory": "memory", "packaging": "advanced packaging",
    "abf_substrate": "substrate", "package_assembly": "assembly",
}  # fmt: skip


def _frame(rows: list[dict[str, object]], table: type[Table]) -> pd.DataFrame:
    return pd.DataFrame(rows).reindex(columns=[c.name for c in columns(table)])


def _first(values: Array) -> float:
    return float(np.asarray(values).flat[0])


def price_table(model: CostModel, core: Mapping[str, pd.DataFrame], figures: Figures) -> pd.DataFrame:
    """cost.price."""
    layers = _layers(core)
    units = dict(zip(core["item"]["item_id"], core["item"]["unit"], strict=True))
    needs = core["requirement"]
    unpriced = needs[(needs["status"] == "current") & needs["central"].isna()].groupby("consumer_id").size().to_dict()
    rows: list[dict[str, object]] = []
    for (name, one), (low, central, high) in zip(model.bill.items(), bands([model.price[n] for n in model.bill]).tolist(), strict=True):
        kind, _, rest = name.partition(":")
        own, margin = _first(one.own), _first(one.margin) * central
        rows.append(
            {
                "node_id": name,
                "stage": kind,
                "layer": layer_of(name, layers),
                "unit": units[rest] if kind == "item" else UNITS[kind],
                "low_usd": low,
                "central_usd": central,
                "high_usd": high,
                "inputs_usd": sum((_first(q) * _first(model.price[k]) for k, q in one.inputs.items()), 0.0),
                "own_usd": own,
                "margin_usd": margin,
                "gross_margin": _first(one.margin),
                "unpriced_inputs": int(unpriced.get(rest, 0)) if kind in ("item", "board") else 0,
                "grade": price_grade(name, figures),
            }
        )
    return _frame(rows, r.PriceNode)


def price_grade(name: str, figures: Figures) -> str | None:
    """Grade of a step's published price; None where its price is computed."""
    kind = kind_of(name)
    figure = f"{name}.price"
    if kind in ("item", "board") and figure in figures:
        return figures.grade(figure)
    return None


def price_edge_table(model: CostModel) -> pd.DataFrame:
    """cost.price_edge."""
    edges = [(name, needed, amount) for name, one in model.bill.items() for needed, amount in one.inputs.items()]
    consumers, inputs, amounts = zip(*edges, strict=True)
    low, central, high = bands(amounts).T
    price = np.array([_first(model.price[needed]) for needed in inputs])
    return pd.DataFrame({"consumer": consumers, "input": inputs, "low": low, "central": central, "high": high, "cost_usd": central * price})


def waterfall(model: CostModel, name: str, label: Callable[[str], str], own: str, margin: str) -> list[dict[str, object]]:
    """Components of one step's price, grouped by `label` of the input; they sum to the total."""
    one = model.bill[name]
    parts: dict[str, Array] = {}
    for needed, amount in one.inputs.items():
        key = label(needed)
        parts[key] = parts.get(key, np.zeros(())) + amount * model.price[needed]
    if np.any(one.own != 0):
        parts[own] = one.own
    if np.any(one.margin != 0):
        parts[margin] = one.margin * model.price[name]
    parts["total"] = model.price[name]
    return [
        {"position": position, "component": component, "low_usd": low, "central_usd": central, "high_usd": high}
        for position, (component, (low, central, high)) in enumerate(zip(parts, bands(list(parts.values())).tolist(), strict=True), start=1)
    ]


def wafer_table(model: CostModel, core: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """cost.wafer: every wafer that a board is made on."""
    layers = _layers(core)
    used = sorted({i for c in ("wafer_item", "io_wafer_item") for i in core["board"][c] if isinstance(i, str)})
    rows = []
    for item_id in used:
        parts = waterfall(model, f"item:{item_id}", lambda n: layers[n.removeprefix("item:")], "conversion", "foundry margin")
        rows += [{"item_id": item_id, **part} for part in parts]
    return _frame(rows, r.Wafer)


def _board_rows(
    model: CostModel, core: Mapping[str, pd.DataFrame], kind: str, label: Callable[[str], str], own: str, margin: str
) -> list[dict[str, object]]:
    return [{"board_id": b, **part} for b in core["board"]["board_id"] for part in waterfall(model, f"{kind}:{b}", label, own, margin)]


def board_tables(model: CostModel, core: Mapping[str, pd.DataFrame]) -> dict[type[Table], pd.DataFrame]:
    """cost.die, package, board_cost, server and accelerator_hour."""
    layers, names = _layers(core), dict(zip(core["item"]["item_id"], core["item"]["name"], strict=True))

    def item_name(node: str) -> str:
        kind, _, rest = node.partition(":")
        return names[rest] if kind == "item" else {"board": "accelerator", "server": "server"}.get(kind, kind)

    def package_part(node: str) -> str:
        kind, _, rest = node.partition(":")
        if kind != "item":
            return PACKAGE_PARTS[kind]
        return PACKAGE_PARTS.get(rest) or PACKAGE_PARTS["memory" if layers[rest] == "memory" else "packaging"]

    def hour_part(node: str) -> str:
        return {"server": "server", "item": item_name(node)}[kind_of(node)]

    return {
        r.Die: _frame(_board_rows(model, core, "die", lambda _: "wafer", "sort", "margin"), r.Die),
        r.Package: _frame(_board_rows(model, core, "package", package_part, "bonding", "margin"), r.Package),
        r.BoardCost: _frame(_board_rows(model, core, "board", item_name, "test, parts and design", "seller's gross margin"), r.BoardCost),
        r.Server: _frame(_board_rows(model, core, "server", item_name, "assembly", "integrator's gross margin"), r.Server),
        r.AcceleratorHour: _frame(_board_rows(model, core, "hour", hour_part, "staff", "margin"), r.AcceleratorHour),
    }


def served_table(model: CostModel, core: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """cost.served_token: every board, model and workload, priced or refused with the reason."""
    served = dict(
        zip(model.deployments, bands([model.price["served:" + "/".join(key)] for key in model.deployments]).tolist(), strict=True)
    )
    rows: list[dict[str, object]] = []
    for board_id, model_id, workload_id in _all_deployments(core):
        key = (board_id, model_id, workload_id)
        row: dict[str, object] = {
            "deployment_id": "/".join((board_id, model.site_id[board_id], model_id, workload_id)),
            "board_id": board_id,
            "site_id": model.site_id[board_id],
            "model_id": model_id,
            "workload_id": workload_id,
        }
        if key in model.refused:
            rows.append(row | {"finding": model.refused[key]})
            continue
        done = model.deployments[key]
        point, hour = done.point, model.price[f"hour:{board_id}"]
        low, central, high = served[key]
        rows.append(
            row
            | {
                "finding": "priced",
                "usd_low": low,
                "usd_central": central,
                "usd_high": high,
                "input_usd_central": _first(done.input_hours * hour),
                "output_usd_central": _first(done.output_hours * hour),
                "chips": _first(point.chips),
                "batch": _first(point.batch),
                "precision_bits": done.bits,
                "speed_tok_s_user": _first(point.speed),
                "ttft_s": _first(point.ttft),
                "output_tok_s_chip": 1.0 / _first(point.decode),
                "latency_met_share": float(np.mean(point.meets_latency)),
            }
        )
    return _frame(rows, r.ServedToken)


def _all_deployments(core: Mapping[str, pd.DataFrame]) -> list[tuple[str, str, str]]:
    return [
        (str(b), str(m), str(w))
        for b in core["board"]["board_id"]
        for m in core["model"]["model_id"]
        for w in core["workload"]["workload_id"]
    ]


def useful_table(model: CostModel) -> pd.DataFrame:
    """cost.useful_token."""
    rows: list[dict[str, object]] = []
    found = bands([model.useful(key) for key in model.deployments]).tolist()
    for (key, done), (low, central, high) in zip(model.deployments.items(), found, strict=True):
        board_id, model_id, workload_id = key
        rows.append(
            {
                "deployment_id": "/".join((board_id, model.site_id[board_id], model_id, workload_id)),
                "board_id": board_id,
                "model_id": model_id,
                "workload_id": workload_id,
                "usd_low": low,
                "usd_central": central,
                "usd_high": high,
                "with_rework_usd_central": central + _first(done.rework_usd),
                "served_usd_central": _first(model.price["served:" + "/".join(key)]),
                "hour_usd_central": _first(model.price[f"hour:{board_id}"]),
                "useful_part": _first(done.useful_part),
                "attempts": _first(done.attempts),
            }
        )
    return _frame(rows, r.UsefulToken)


def _layers(core: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    return dict(zip(core["item"]["item_id"], core["item"]["layer"], strict=True))
