"""From served tokens to useful ones (METHODS 5.11).

A task is attempted until a gate accepts the result, K times at most. An attempt is truly good with probability
s; the gate accepts a good one with probability TPR and a bad one with FPR. Of an accepted good result a part
`retained` stays in use: those output tokens are the useful ones.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def acceptance(success: ArrayLike, tpr: ArrayLike, fpr: ArrayLike) -> Array:
    """a = s TPR + (1-s) FPR: the part of attempts that the gate lets through."""
    s = np.asarray(success, dtype=float)
    return np.asarray(s * np.asarray(tpr, dtype=float) + (1.0 - s) * np.asarray(fpr, dtype=float))


def expected_attempts(accepted: ArrayLike, cap: ArrayLike) -> Array:
    """(1-(1-a)^K)/a attempts a task, for independent attempts; K where nothing is ever accepted."""
    a = np.asarray(accepted, dtype=float)
    k = np.asarray(cap, dtype=float)
    safe = np.where(a < 1e-12, 1.0, a)
    return np.where(a < 1e-12, k, -np.expm1(k * np.log1p(-np.minimum(safe, 1 - 1e-15))) / safe)


def useful_tokens_per_task(
    output: ArrayLike, success: ArrayLike, tpr: ArrayLike, fpr: ArrayLike, retained: ArrayLike, cap: ArrayLike
) -> Array:
    """Output tokens of a task that end in use: (attempts) x (P(attempt good and accepted)) x retained x output."""
    a = acceptance(success, tpr, fpr)
    hits = expected_attempts(a, cap) * np.asarray(success, dtype=float) * np.asarray(tpr, dtype=float)
    return np.asarray(hits * np.asarray(retained, dtype=float) * np.asarray(output, dtype=float))


def cost_per_useful_token(
    attempt_usd: ArrayLike,
    output: ArrayLike,
    success: ArrayLike,
    tpr: ArrayLike,
    fpr: ArrayLike,
    retained: ArrayLike,
    cap: ArrayLike,
    false_accept_usd: ArrayLike = 0.0,
) -> Array:
    """USD per useful token.

    `attempt_usd` is all that one attempt costs: tokens, judge, retrieval, tools. `false_accept_usd` is the loss
    from one bad result that the gate let through. For independent attempts the result does not depend on K:
    every further attempt costs and yields in the same proportion.
    """
    attempts = expected_attempts(acceptance(success, tpr, fpr), cap)
    false_accepts = attempts * (1.0 - np.asarray(success, dtype=float)) * np.asarray(fpr, dtype=float)
    spent = attempts * np.asarray(attempt_usd, dtype=float) + false_accepts * np.asarray(false_accept_usd, dtype=float)
    return np.asarray(spent / useful_tokens_per_task(output, success, tpr, fpr, retained, cap))


def input_token_weight(cache_hit: ArrayLike, cache_read_ratio: ArrayLike, cache_write_ratio: ArrayLike) -> Array:
    """Cost of an input token relative to a fresh one: (1-hit)(1+write) + hit x read."""
    hit = np.asarray(cache_hit, dtype=float)
    return np.asarray((1.0 - hit) * (1.0 + np.asarray(cache_write_ratio, dtype=float)) + hit * np.asarray(cache_read_ratio, dtype=float))
