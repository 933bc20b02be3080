"""Measured throughput against the roofline: a measurement above its bound means that a figure is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graph.cost.deployment import accelerator, language_model
from graph.cost.figures import Figures
from graph.cost.throughput import Accelerator, LanguageModel, throughput_bound
from graph.results import RooflineCheck
from sources.columns import columns
from sources.frames import records_of
from sources.records import Benchmark

Array = NDArray[np.float64]
BOUNDED = "bounded"
"""The finding about a measurement of one of the boards."""
BATCHES = 2.0 ** np.arange(0, 17, 0.5)
COMPUTE = {4: "fp4_compute", 8: "fp8_compute", 16: "bf16_compute"}


def roofline_check(core: Mapping[str, pd.DataFrame], figures: Figures) -> pd.DataFrame:
    """cost.roofline_check: every measured throughput, current or not, with the bound of its board or why there is none.

    An accelerator that is not among the boards is held against a board that is in nothing slower or smaller, where its source names one.
    The bound has no loss at all: the upper bounds of the board's figures, compute at the width measured (or the next
    wider the board has), no synchronisation, the narrowest cache, weights and cache filling the whole memory.
    """
    kinds = dict(zip(core["board"]["board_id"], core["board"]["kind"], strict=True))
    models = dict(zip(core["model"]["model_id"], core["model"]["kind"], strict=True))
    rows: list[dict[str, object]] = []
    for b in records_of(core["benchmark"], Benchmark):
        if b.throughput_tok_s is None:
            continue
        row = {"benchmark_id": b.benchmark_id, "model_id": b.model_id, "measured_tok_s": b.throughput_tok_s}
        board_id = b.board_id or b.bound_board_id
        if board_id is None or b.accelerators is None or b.output_tokens is None:
            rows.append({**row, "finding": _why_unbounded(b, board_id)})
            continue
        bits = int(b.precision_bits) if b.precision_bits is not None else 8
        chip = _at_best(board_id, kinds[board_id], bits, int(b.accelerators), figures)
        prompt = b.input_tokens if b.input_tokens is not None else 0.0
        lean = _leanest(b.model_id, models[b.model_id], bits, figures)
        bound = throughput_bound(lean, chip, b.accelerators, prompt, b.output_tokens, BATCHES)
        rows.append(
            {
                **row,
                "board_id": board_id,
                "finding": BOUNDED if b.board_id is not None else b.bound_note or f"held against {board_id}, which is not the accelerator",
                "bound_tok_s": bound,
                "reached_share": b.throughput_tok_s / bound if bound else float("inf"),
                "is_below_bound": b.throughput_tok_s <= bound,
            }
        )
    frame = pd.DataFrame(rows).reindex(columns=[c.name for c in columns(RooflineCheck)])
    return frame.astype({"is_below_bound": "boolean"})


def by_finding(checks: pd.DataFrame) -> str:
    """How many measured throughputs are bounded, and how, and why the others are not: the most frequent first."""
    return "; ".join(
        f"{n} {finding}" for finding, n in checks["finding"].value_counts().sort_index().sort_values(ascending=False, kind="stable").items()
    )


def _why_unbounded(b: Benchmark, board_id: str | None) -> str:
    if board_id is None:
        return b.bound_note or "no board: the accelerator is not among them, and none is named whose bound would hold"
    return "the number of accelerators is not told" if b.accelerators is None else "the length of the answers is not told"


def arithmetic(board_id: str, bits: int, figures: Figures) -> str:
    """The parameter that gives a board's speed on weights of `bits` bits: that width, or the next wider it has."""
    return next((COMPUTE[w] for w in (4, 8, 16) if w >= bits and f"board:{board_id}.{COMPUTE[w]}" in figures), "bf16_compute")


def _leanest(model_id: str, kind: str, bits: int, figures: Figures) -> LanguageModel:
    """The model at its best: a cache as narrow as anybody serves it and expanded at no cost, and experts without loss."""
    model = language_model(model_id, kind, bits, figures)
    narrowest, _, widest = figures.bounds("global:throughput.kv_bits")
    kv_bytes = np.asarray(np.max(model.kv_bytes) * narrowest / widest)
    return replace(model, kv_bytes=kv_bytes, decode_attention_width=model.attention_width, reached=np.ones(()))


def _at_best(board_id: str, kind: str, bits: int, chips: int, figures: Figures) -> Accelerator:
    """The board with all its arithmetic of `bits` bits (or the next wider it has), at the upper bounds of its figures."""
    chip = accelerator(board_id, kind, arithmetic(board_id, bits, figures), figures)

    def top(values: Array) -> Array:
        return np.asarray(np.max(values))

    flops, link = top(chip.flops), top(chip.link)
    return Accelerator(flops, flops, top(chip.bandwidth), top(chip.memory), link, link, chips, chips, chip.reads_weights)
