"""Measured throughput against the roofline: a measurement above its bound means that a figure is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from graph.cost.deployment import accelerator, language_model
from graph.cost.figures import Figures
from graph.cost.throughput import Accelerator, LanguageModel, throughput_bound
from graph.results import RooflineCheck
from sources.columns import columns

BATCHES = 2.0 ** np.arange(0, 17, 0.5)
COMPUTE = {4: "fp4_compute", 8: "fp8_compute", 16: "bf16_compute"}


def roofline_check(core: Mapping[str, pd.DataFrame], figures: Figures) -> pd.DataFrame:
    """cost.roofline_check: every measured system throughput on a known board, with the bound of that board.

    The bound has no loss at all: the upper bounds of the board's figures, compute at the width measured (or the next
    wider the board has), no synchronisation, the narrowest cache, weights and cache filling the whole memory.
    """
    kinds = dict(zip(core["board"]["board_id"], core["board"]["kind"], strict=True))
    models = dict(zip(core["model"]["model_id"], core["model"]["kind"], strict=True))
    rows: list[dict[str, object]] = []
    for b in core["benchmark"].itertuples(index=False):
        known = isinstance(b.board_id, str) and pd.notna(b.throughput_tok_s) and pd.notna(b.accelerators) and pd.notna(b.output_tokens)
        if not known or b.status != "current":
            continue
        bits = int(b.precision_bits) if pd.notna(b.precision_bits) else 8
        chip = _at_best(str(b.board_id), kinds[b.board_id], bits, int(b.accelerators), figures)
        prompt = float(b.input_tokens) if pd.notna(b.input_tokens) else 0.0
        bound = throughput_bound(
            _leanest(str(b.model_id), models[b.model_id], bits, figures),
            chip,
            float(b.accelerators),
            prompt,
            float(b.output_tokens),
            BATCHES,
        )
        rows.append(
            {
                "benchmark_id": b.benchmark_id,
                "board_id": b.board_id,
                "model_id": b.model_id,
                "measured_tok_s": float(b.throughput_tok_s),
                "bound_tok_s": bound,
                "reached_share": float(b.throughput_tok_s) / bound if bound else float("inf"),
                "is_below_bound": float(b.throughput_tok_s) <= bound,
            }
        )
    return pd.DataFrame(rows).reindex(columns=[c.name for c in columns(RooflineCheck)])


def _leanest(model_id: str, kind: str, bits: int, figures: Figures) -> LanguageModel:
    """The model with its cache as narrow as anybody serves it."""
    model = language_model(model_id, kind, bits, figures)
    narrowest, _, widest = figures.bounds("global:throughput.kv_bits")
    return replace(model, kv_bytes=np.asarray(np.max(model.kv_bytes) * narrowest / widest))


def _at_best(board_id: str, kind: str, bits: int, chips: int, figures: Figures) -> Accelerator:
    """The board with its arithmetic of `bits` bits (or the next wider it has), at the upper bounds of its figures."""
    parameter = next((COMPUTE[w] for w in (4, 8, 16) if w >= bits and f"board:{board_id}.{COMPUTE[w]}" in figures), "bf16_compute")
    chip = accelerator(board_id, kind, parameter, figures)
    top = lambda values: np.asarray(np.max(values))  # noqa: E731
    return Accelerator(
        top(chip.flops), top(chip.bandwidth), top(chip.memory), top(chip.link), top(chip.link), chips, chips, chip.reads_weights
    )
