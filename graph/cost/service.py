"""A published day of an inference service: what its nodes cost, what its tokens earn, how many nodes the tokens need.

A check on the chain from outside it. A service that publishes its tokens, its nodes and its throughput per node
states the same fleet twice: as counted, and as tokens over throughput. Where the two agree, so do the throughputs
and the occupancy that every cost per token rests on.

Arrays broadcast; a result has the shape of its arguments together.

References
----------
.. [1] DeepSeek, "DeepSeek-V3/R1 Inference System Overview", open-infra-index, day 6 (2025): nodes, tokens, prices and
   throughput of one day. Its tokens of input count what the cache holds, and so does its throughput of prefill.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
HOURS_PER_DAY = 24.0
SECONDS_PER_DAY = 86_400.0
MILLION = 1e6


def daily_cost(
    nodes: ArrayLike, accelerators_per_node: ArrayLike, usd_per_accelerator_hour: ArrayLike, hours: ArrayLike = HOURS_PER_DAY
) -> Array:
    """What the nodes cost in a day.

    Parameters
    ----------
    nodes : mean number of nodes in use, count
    accelerators_per_node : count
    usd_per_accelerator_hour : rent or full cost of an accelerator, USD/hour
    hours : hours that the mean is taken over, hour

    Returns
    -------
    Array
        USD: nodes x accelerators x hours x USD per hour [1]_.
    """
    accelerators = np.asarray(nodes, dtype=float) * np.asarray(accelerators_per_node, dtype=float)
    return np.asarray(accelerators * np.asarray(hours, dtype=float) * np.asarray(usd_per_accelerator_hour, dtype=float))


def revenue(
    hit_tokens: ArrayLike,
    miss_tokens: ArrayLike,
    output_tokens: ArrayLike,
    hit_usd_per_mtoken: ArrayLike,
    miss_usd_per_mtoken: ArrayLike,
    output_usd_per_mtoken: ArrayLike,
) -> Array:
    """What the tokens earn at list price, each of them billed.

    Parameters
    ----------
    hit_tokens, miss_tokens, output_tokens : input read from the cache, other input, and output, tokens
    hit_usd_per_mtoken, miss_usd_per_mtoken, output_usd_per_mtoken : their prices, USD/Mtoken

    Returns
    -------
    Array
        USD: the sum of tokens x price [1]_. An upper bound of the income of a service that gives some tokens away.
    """
    hit = np.asarray(hit_tokens, dtype=float) * np.asarray(hit_usd_per_mtoken, dtype=float)
    miss = np.asarray(miss_tokens, dtype=float) * np.asarray(miss_usd_per_mtoken, dtype=float)
    output = np.asarray(output_tokens, dtype=float) * np.asarray(output_usd_per_mtoken, dtype=float)
    return np.asarray((hit + miss + output) / MILLION)


def margin_on_cost(revenue_usd: ArrayLike, cost_usd: ArrayLike) -> Array:
    """(revenue - cost)/cost, a ratio: 5.45 is "545%" [1]_. Not a gross margin, which is a part of the revenue.

    Raises
    ------
    ValueError
        A cost is not positive.
    """
    cost = _positive(cost_usd, "cost_usd", "USD")
    return (np.asarray(revenue_usd, dtype=float) - cost) / cost


def nodes_needed(tokens: ArrayLike, tok_s_node: ArrayLike, seconds: ArrayLike = SECONDS_PER_DAY) -> Array:
    """Nodes that are busy all the time with these tokens.

    Parameters
    ----------
    tokens : tokens of one phase (prefill or decode) in the time, tokens
    tok_s_node : throughput of a node in that phase, token/s
    seconds : the time, s

    Returns
    -------
    Array
        Count, not rounded: tokens / seconds / throughput.

    Raises
    ------
    ValueError
        A throughput or a time is not positive.
    """
    return np.asarray(tokens, dtype=float) / _positive(seconds, "seconds", "s") / _positive(tok_s_node, "tok_s_node", "token/s")


def usd_per_mtoken(usd: ArrayLike, tokens: ArrayLike) -> Array:
    """Cost per million tokens, USD/Mtoken.

    Raises
    ------
    ValueError
        A number of tokens is not positive.
    """
    return np.asarray(usd, dtype=float) * MILLION / _positive(tokens, "tokens", "tokens")


def node_closure(prefill_nodes: ArrayLike, decode_nodes: ArrayLike, counted_nodes: ArrayLike) -> Array:
    """Nodes that the tokens need over nodes counted, a ratio: 1 where throughput and occupancy agree.

    Below one, part of the fleet was idle or slower than published; above one, the figures contradict each other.

    Raises
    ------
    ValueError
        A number of counted nodes is not positive.
    """
    needed = np.asarray(prefill_nodes, dtype=float) + np.asarray(decode_nodes, dtype=float)
    return np.asarray(needed / _positive(counted_nodes, "counted_nodes", "count"))


def _positive(values: ArrayLike, name: str, unit: str) -> Array:
    array = np.asarray(values, dtype=float)
    if not np.all(array > 0):
        raise ValueError(f"{name} must be positive ({unit}), got {array.min():g}")
    return array
