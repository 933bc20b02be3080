"""Speculative decoding: a cheap draft proposes k tokens, the model checks them in one step (METHODS 5.9).

The step checks k + 1 tokens of each sequence: it computes and moves k + 1 times as much, reads the cache once, and reads the experts
that any of the tokens is routed to. That pays where decoding waits for memory, and costs where it waits for arithmetic. How many
tokens a step yields is measured: acceptance falls with the position, so the formula with one rate for all positions overstates.

Memory for the draft's weights is left out (the published drafts have a few percent of the model's).

References
----------
.. [1] Y. Leviathan, M. Kalman, Y. Matias, "Fast inference from transformers via speculative decoding", ICML 2023: the i.i.d. formula.
.. [2] InferenceX, golden acceptance curves (2026): tokens per step at draft lengths 1 to 8, seven drafts of large mixtures, coding.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from graph.cost.figures import Figures
from graph.cost.operating_point import Demand, OperatingPoint, at
from graph.cost.throughput import Accelerator, Efficiency, LanguageModel
from graph.cost.traced import Number

LONGEST_DRAFT = 8
"""The longest draft whose acceptance was measured; nothing here answers for a longer one."""
USUAL_DRAFT = 3
"""Draft length at which a step costs `speculation_step_cost` plain ones (estimate: the source of the ratio does not say)."""


def accepted_tokens(draft: int, figures: Figures) -> Number:
    """Tokens that a step yields at a draft length, as measured; 1 without a draft.

    Raises
    ------
    ValueError
        The draft is longer than any that was measured, or its length is negative.
    MissingFigure
        There is no measurement at this length.
    """
    if not 0 <= draft <= LONGEST_DRAFT:
        raise ValueError(f"acceptance was measured for drafts of 1 to {LONGEST_DRAFT} tokens, got a draft of {draft}")
    return figures.get(f"item:inference_server.acceptance_length_{draft}", "speculative decoding") if draft else np.ones(())


def iid_tokens(first: Number, draft: int) -> Number:
    """(1 - a^(k+1))/(1 - a), the formula of [1]_: what a step would yield if each position were accepted as often as the first.

    first : part of the first drafted tokens that is accepted, below 1

    Notes
    -----
    Kept to be compared with what was measured, never used for a cost.
    """
    return (1.0 - first ** (draft + 1)) / (1.0 - first)


def step_cost(draft: int, figures: Figures) -> Number:
    """A step with a draft over the step that checks as many tokens without one: each further drafted token costs a further pass of
    the draft, so that the ratio grows in proportion from 1 without a draft."""
    ratio = figures.get("global:throughput.speculation_step_cost", "speculative decoding")
    return 1.0 + (ratio - 1.0) * draft / USUAL_DRAFT


def checking(model: LanguageModel, draft: int) -> LanguageModel:
    """The model as a step sees it that runs on `draft` + 1 tokens of each sequence: they share one cache, which is read once."""
    return replace(model, kv_bytes=model.kv_bytes / (draft + 1.0))


def drafted(
    model: LanguageModel, chip: Accelerator, eff: Efficiency, demand: Demand, chips: Number, batch: Number, draft: int, figures: Figures
) -> OperatingPoint:
    """The operating point `operating_point.at` with a draft of `draft` tokens: `batch` sequences, each of which yields what is accepted."""
    checked = draft + 1.0
    reached = replace(eff, accepted=accepted_tokens(draft, figures) / step_cost(draft, figures))
    point = at(checking(model, draft), chip, reached, demand, chips, batch * checked)
    return replace(point, decode=point.decode * checked, batch=batch)
