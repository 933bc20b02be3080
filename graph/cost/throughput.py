"""Tokens per second from a roofline (METHODS 5.9).

Decoding one step for a batch of B sequences reads the weights once and each sequence's key-value cache, and
computes B tokens; the slower of the two, plus synchronisation between chips and launch, is the step time:

    t(B) = max((weights(B) + B kv ctx)/(n eta_m BW), B (2 N_active/(eta_x FLOPS) + 4 l d ctx/FLOPS_a)/(n eta_c)) + sync(n) + launch

The weights are multiplied at the width they are served in, attention in 16 bits, as most kernels have it. Latent attention
multiplies wider vectors in decode, where its small cache is not expanded, than in prefill: hence two widths d. A model of many
small experts reaches a part eta_x of a dense one's arithmetic on its weights: routing is uneven, and each expert's matrices small.

The same equation holds for chips that keep weights in SRAM (their bandwidth and capacity are the SRAM's, their n
is large) and for a model wired into metal (no weights are read). Results are chip-seconds per token; a price per
accelerator-second turns them into money.

Units: bytes, FLOP, seconds, tokens. Arrays broadcast.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.cost.traced import Number

Array = NDArray[np.float64]


@dataclass(frozen=True)
class LanguageModel:
    """What a served model costs to run.

    total_parameters, active_parameters, shared_parameters (read for every token) : counts
    weight_bytes : bytes per parameter as served
    layers, attention_width, decode_attention_width : for the attention term 4 l d ctx, of a prompt and of an answer
    kv_bytes : key-value cache per token of context, bytes
    experts, experts_per_token : 0 for dense models
    reached : eta_x, the part of a dense model's arithmetic efficiency that this one reaches on its weights; 1 for dense models
    """

    total_parameters: Number
    active_parameters: Number
    shared_parameters: Number
    weight_bytes: Number
    layers: Number
    attention_width: Number
    decode_attention_width: Number
    hidden_size: Number
    kv_bytes: Number
    experts: Number
    experts_per_token: Number
    reached: Number


@dataclass(frozen=True)
class Accelerator:
    """One chip (or one wafer) as the roofline sees it.

    flops, attention_flops : FLOP/s at the served precision, and at that of attention; bandwidth : bytes/s of the memory that holds weights and cache;
    memory : bytes of it; scale_up : chips in one fast domain; link, far_link : bytes/s per direction to a chip inside and
    outside of it; max_chips : largest group served as one; reads_weights : False where the weights are wired into the chip.
    """

    flops: Number
    attention_flops: Number
    bandwidth: Number
    memory: Number
    link: Number
    far_link: Number
    scale_up: int
    max_chips: int
    reads_weights: bool = True


@dataclass(frozen=True)
class Efficiency:
    """What real kernels reach of the roofline.

    eta_compute, eta_memory, memory_usable : fractions; launch : s per step; sync, far_sync : s per collective inside one fast
    domain and across several; collectives_per_layer : count; accepted : tokens per step and sequence (1 without speculative decoding).
    """

    eta_compute: Number
    eta_memory: Number
    memory_usable: Number
    launch: Number
    sync: Number
    far_sync: Number
    collectives_per_layer: Number
    accepted: Number


IDEAL = Efficiency(*(np.asarray(v) for v in (1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0)))
"""No losses: the bound that no measurement may pass."""


def weights_read(model: LanguageModel, batch: Number) -> Number:
    """Bytes of weights read in one step of `batch` tokens.

    A dense model reads all. A mixture of experts reads the shared part and those experts that at least one token
    is routed to: experts x (1-(1-k/E)^B) for uniform routing.
    """
    routed = np.maximum(model.total_parameters - model.shared_parameters, 0.0)
    is_moe = model.experts > 0
    ratio = np.where(is_moe, model.experts_per_token / np.where(is_moe, model.experts, 1.0), 1.0)
    hit = np.where(ratio >= 1.0, 1.0, -np.expm1(batch * np.log1p(-np.minimum(ratio, 1 - 1e-12))))
    return (model.shared_parameters + routed * np.where(is_moe, hit, 1.0)) * model.weight_bytes


def arithmetic_seconds(model: LanguageModel, chip: Accelerator, width: Number, context: Number) -> Number:
    """2 N_active/(eta_x FLOPS) + 4 l d ctx/FLOPS_a: chip-seconds per token at the chip's full speed.

    The multiply-adds of the weights, and of attention of a `width` d over `context` tokens.
    """
    return 2.0 * model.active_parameters / (model.reached * chip.flops) + 4.0 * model.layers * width * context / chip.attention_flops


def sync_seconds(model: LanguageModel, chip: Accelerator, eff: Efficiency, chips: Number, batch: Number) -> Number:
    """Time per step spent between chips: latency of each collective, and the activations they carry.

    Each collective moves 2 (n-1)/n of batch x hidden x 2 bytes over a chip's link (ring all-reduce). Experts that lie on different
    chips need less, where they are few: each chip sends its part of the batch to the k experts of a token in 8 bits, and what they
    make of it comes back in 16; 1.5 bytes on average. The lesser is taken.
    """
    is_far = chips > chip.scale_up
    reduced = 2.0 * (chips - 1.0) / chips * batch * model.hidden_size * 2.0
    exchanged = model.experts_per_token * batch / chips * model.hidden_size * 1.5
    carried = np.where(model.experts > 0, np.minimum(reduced, exchanged), reduced) / np.where(is_far, chip.far_link, chip.link)
    per_step = model.layers * eff.collectives_per_layer
    return np.where(chips > 1, per_step * (np.where(is_far, eff.far_sync, eff.sync) + carried), 0.0)


def decode_step_seconds(model: LanguageModel, chip: Accelerator, eff: Efficiency, chips: Number, batch: Number, context: Number) -> Number:
    """t(B): seconds for one step of `batch` sequences, each with `context` tokens behind it, on `chips` chips."""
    weights = weights_read(model, batch) if chip.reads_weights else 0.0
    memory = (weights + batch * model.kv_bytes * context) / (chips * eff.eta_memory * chip.bandwidth)
    compute = batch * arithmetic_seconds(model, chip, model.decode_attention_width, context) / (chips * eff.eta_compute)
    return np.maximum(memory, compute) + sync_seconds(model, chip, eff, chips, batch) + eff.launch


def prefill_chip_seconds(model: LanguageModel, chip: Accelerator, eff: Efficiency, prompt: Number) -> Number:
    """Chip-seconds per prompt token: compute-bound, with attention over half the prompt on average."""
    return arithmetic_seconds(model, chip, model.attention_width, prompt / 2.0) / eff.eta_compute


def first_token_seconds(model: LanguageModel, chip: Accelerator, eff: Efficiency, chips: Number, prompt: Number, fresh: Number) -> Number:
    """Seconds from a request to its first token, on idle chips: one pass over the `fresh` tokens of a prompt (the others are cached).

    The slower of arithmetic and of reading the weights once (a prompt's tokens touch nearly every expert), and the passage of
    their activations between the chips.
    """
    arithmetic = fresh * prefill_chip_seconds(model, chip, eff, prompt)
    reading = weights_read(model, fresh) / (eff.eta_memory * chip.bandwidth) if chip.reads_weights else 0.0
    return np.maximum(arithmetic, reading) / chips + sync_seconds(model, chip, eff, chips, fresh) + eff.launch


def memory_needed(model: LanguageModel, chip: Accelerator, batch: Number, peak_context: Number) -> Number:
    """weights + B kv ctx, bytes; of a model that is wired in, the cache alone."""
    weights = model.total_parameters * model.weight_bytes if chip.reads_weights else 0.0
    return weights + batch * model.kv_bytes * peak_context


def fits(model: LanguageModel, chip: Accelerator, eff: Efficiency, chips: Number, batch: Number, peak_context: Number) -> Number:
    """weights + B kv ctx <= usable part of n x memory."""
    return memory_needed(model, chip, batch, peak_context) <= eff.memory_usable * chips * chip.memory


def throughput_bound(model: LanguageModel, chip: Accelerator, chips: float, prompt: float, output: float, batches: Array) -> float:
    """Highest output tokens/s that `chips` chips could deliver with no loss at all, prefill included.

    The chips may be split into any number of equal groups. With no loss throughput never falls with the batch, so beside
    the batches given the largest one that fits is tried. 0 where nothing fits.
    """
    best = 0.0
    context = prompt + output / 2.0
    for n in group_sizes(chip, int(chips)):
        weights = model.total_parameters * model.weight_bytes if chip.reads_weights else 0.0
        largest = np.floor((n * chip.memory - weights) / (model.kv_bytes * (prompt + output)))
        tried = np.append(batches, np.max(largest))
        tried = tried[tried >= 1]
        ok = fits(model, chip, IDEAL, n, tried, prompt + output)
        step = decode_step_seconds(model, chip, IDEAL, n, tried, context)
        chip_seconds = n * step / tried + prefill_chip_seconds(model, chip, IDEAL, prompt) * prompt / output
        best = max(best, float(np.where(ok, chips / chip_seconds, 0.0).max(initial=0.0)))
    return best


def group_sizes(chip: Accelerator, most: int | None = None) -> list[int]:
    """Numbers of chips worth trying as one group: powers of two, and the largest group."""
    top = min(chip.max_chips, most) if most else chip.max_chips
    sizes = [2**k for k in range(int(np.log2(max(top, 1))) + 1)]
    return sizes if sizes[-1] == top else [*sizes, top]
