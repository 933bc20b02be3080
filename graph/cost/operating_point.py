"""Where on the throughput-interactivity frontier a deployment runs (METHODS 5.9).

A group of n chips decodes a batch of B sequences. Larger batches cost less per token and are slower for each
user. Among the groups and batches that fit in memory and meet the latency profile, the cheapest is taken, for each
draw of the uncertain figures on its own: an operator tunes to the machine there is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from graph.cost.throughput import (
    Accelerator,
    Efficiency,
    LanguageModel,
    decode_step_seconds,
    first_token_seconds,
    fits,
    group_sizes,
    memory_needed,
    prefill_chip_seconds,
)
from graph.cost.traced import Number, central

Array = NDArray[np.float64]
T = TypeVar("T", bound=np.generic)


HALF_OCTAVES = 64
"""Up to this batch the grid is half an octave fine."""


@dataclass(frozen=True)
class Demand:
    """What a workload asks of a deployment: tokens per attempt, and how fast.

    An attempt is one call, or several that each send the grown context again: `calls` of them, so that input_tokens and
    output_tokens are sums over the calls.
    """

    input_tokens: Number
    output_tokens: Number
    calls: Number
    cache_hit: Number
    min_speed: Number
    max_ttft: Number

    @property
    def prompt(self) -> Number:
        """Input tokens of one call."""
        return self.input_tokens / self.calls

    @property
    def answer(self) -> Number:
        """Output tokens of one call."""
        return self.output_tokens / self.calls


@dataclass(frozen=True)
class OperatingPoint:
    """The point chosen, per draw.

    decode, prefill : chip-seconds per output token and per fresh prompt token
    chips, batch : size of the group and of its batch
    speed : tokens/s that one user sees; ttft : seconds to the first token
    meets_latency : whether any point does; where none does, the fastest point is given
    fits : whether the model fits at all
    """

    decode: Number
    prefill: Number
    chips: Number
    batch: Number
    speed: Number
    ttft: Number
    meets_latency: Number
    fits: bool


def at(model: LanguageModel, chip: Accelerator, eff: Efficiency, demand: Demand, chips: Number, batch: Number) -> OperatingPoint:
    """One point, taken as it is: what `chips` chips and a batch of `batch` sequences give, whether in time or not."""
    step = decode_step_seconds(model, chip, eff, chips, batch, demand.prompt + demand.answer / 2.0)
    speed = eff.accepted / step
    ttft = first_token_seconds(model, chip, eff, chips, demand.prompt, demand.prompt * (1.0 - demand.cache_hit))
    in_time = np.where(speed >= demand.min_speed, ttft <= demand.max_ttft, 0.0)
    prefill = prefill_chip_seconds(model, chip, eff, demand.prompt)
    return OperatingPoint(chips / batch / speed, prefill, chips, batch, speed, ttft, in_time, fits=True)


@cache
def batch_grid(most: float) -> Array:
    """1, 1.5, 2, 3, 4, 6 ... half an octave apart to 64, then 128, 256 ... and `most`: a step no longer matters much there."""
    octaves = 2.0 ** np.arange(0, np.floor(np.log2(max(most, 1.0))) + 1)
    halves = 1.5 * octaves[octaves <= HALF_OCTAVES]
    grid = np.unique(np.concatenate([octaves, halves, [most]]))
    return np.asarray(grid[(grid <= most) & (grid == np.floor(grid))])


def choose(model: LanguageModel, chip: Accelerator, eff: Efficiency, demand: Demand, max_batch_per_chip: float) -> OperatingPoint:
    """The cheapest point that meets the demand; see the module's docstring."""
    prefill = prefill_chip_seconds(model, chip, eff, demand.prompt)
    mean_context = demand.prompt + demand.answer / 2.0
    peak_context = demand.prompt + demand.answer
    needed = central(memory_needed(model, chip, 1.0, peak_context))  # which sizes are tried is decided at central values
    sizes = [n for n in group_sizes(chip) if needed <= central(eff.memory_usable) * n * central(chip.memory)]
    if not sizes:
        nothing = np.asarray(np.nan)
        return OperatingPoint(nothing, prefill, nothing, nothing, nothing, nothing, np.asarray(False), fits=False)
    grids = [batch_grid(max_batch_per_chip * n) for n in sizes]
    group = np.repeat(np.arange(len(sizes)), [g.size for g in grids])
    b = np.concatenate(grids)[:, None]
    # The first token does not wait for the batch: one time for each group.
    of_group = np.array(sizes, dtype=float)[:, None]
    first = np.atleast_2d(first_token_seconds(model, chip, eff, of_group, demand.prompt, demand.prompt * (1.0 - demand.cache_hit)))
    n = of_group[group]
    in_memory = np.atleast_2d(fits(model, chip, eff, n, b, peak_context))
    somewhere = in_memory.any(axis=1)  # points that fit in no draw need no further arithmetic
    n, b, in_memory, group = n[somewhere], b[somewhere], in_memory[somewhere], group[somewhere]
    step = np.atleast_2d(decode_step_seconds(model, chip, eff, n, b, mean_context))
    speed = eff.accepted / step
    decode = n / b / speed
    in_time = (speed >= demand.min_speed) & np.atleast_2d(first <= demand.max_ttft)[group]
    cost = demand.output_tokens * decode
    # Where no point is in time the fastest that fits is taken, and said to miss.
    rank = np.where(in_memory & in_time, cost, np.where(in_memory, cost.max() + step, np.inf))
    best = np.argmin(rank, axis=0)
    draws = np.arange(rank.shape[1])

    def at(values: NDArray[T]) -> NDArray[T]:
        """The values of the point chosen, per draw."""
        return np.asarray(np.broadcast_to(values, rank.shape)[best, draws])

    chosen = np.broadcast_to(first, (len(sizes), draws.size))[group[best], draws]
    return OperatingPoint(
        decode=at(decode), prefill=prefill, chips=at(n), batch=at(b), speed=at(speed), ttft=chosen,
        meets_latency=at(in_memory & in_time), fits=True,
    )  # fmt: skip
