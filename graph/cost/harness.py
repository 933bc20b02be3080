"""From served tokens to useful ones (METHODS 5.11).

A task is attempted until a gate accepts the result, K times at most. An attempt is truly good with probability
s; the gate accepts a good one with probability TPR and a bad one with FPR. Of an accepted good result a part
`retained` stays in use: those output tokens are the useful ones.
"""

from __future__ import annotations

import numpy as np

from graph.cost.traced import Number


def acceptance(success: Number, tpr: Number, fpr: Number) -> Number:
    """a = s TPR + (1-s) FPR: the part of attempts that the gate lets through."""
    return success * tpr + (1.0 - success) * fpr


def expected_attempts(accepted: Number, cap: Number) -> Number:
    """(1-(1-a)^K)/a attempts a task, for independent attempts; K where nothing is ever accepted."""
    safe = np.where(accepted < 1e-12, 1.0, accepted)
    return np.where(accepted < 1e-12, cap, -np.expm1(cap * np.log1p(-np.minimum(safe, 1 - 1e-15))) / safe)


def useful_tokens_per_task(output: Number, success: Number, tpr: Number, fpr: Number, retained: Number, cap: Number) -> Number:
    """Output tokens of a task that end in use: (attempts) x (P(attempt good and accepted)) x retained x output."""
    a = acceptance(success, tpr, fpr)
    hits = expected_attempts(a, cap) * success * tpr
    return hits * retained * output


def cost_per_useful_token(
    attempt_usd: Number,
    output: Number,
    success: Number,
    tpr: Number,
    fpr: Number,
    retained: Number,
    cap: Number,
    false_accept_usd: Number = 0.0,
) -> Number:
    """USD per useful token.

    `attempt_usd` is all that one attempt costs: tokens, judge, retrieval, tools. `false_accept_usd` is the loss
    from one bad result that the gate let through. For independent attempts the result does not depend on K:
    every further attempt costs and yields in the same proportion.
    """
    attempts = expected_attempts(acceptance(success, tpr, fpr), cap)
    false_accepts = attempts * (1.0 - success) * fpr
    spent = attempts * attempt_usd + false_accepts * false_accept_usd
    return spent / useful_tokens_per_task(output, success, tpr, fpr, retained, cap)


def input_token_weight(cache_hit: Number, cache_read_ratio: Number, cache_write_ratio: Number) -> Number:
    """Cost of an input token relative to a fresh one: (1-hit)(1+write) + hit x read."""
    return (1.0 - cache_hit) * (1.0 + cache_write_ratio) + cache_hit * cache_read_ratio
