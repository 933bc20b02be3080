"""A board serving a model for a workload: from the accelerator-hour to the useful token (METHODS 5.9 to 5.11).

Two steps are added to the bill for each deployment:

    hour:h100 -> served:h100/llama_3_3_70b/chat -> useful:h100/llama_3_3_70b/chat

A served token is any token of the attempt, input or output; a useful one is an output token of an accepted, good
attempt that stays in use. Both are counted in millions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graph.cost import harness
from graph.cost.figures import Figures, MissingFigure
from graph.cost.operating_point import Demand, OperatingPoint, at, choose
from graph.cost.rollup import Step
from graph.cost.spending import GATEWAY, HARNESS_SPENDING, spending
from graph.cost.throughput import Accelerator, Efficiency, LanguageModel
from graph.cost.traced import Number, central, named, plain
from sources.records import Board, Model

MILLION = 1e6
SECONDS_PER_HOUR = 3600.0
TERA, GIGA, MICRO = 1e12, 1e9, 1e-6


@dataclass(frozen=True)
class Priced:
    """A deployment that works: its two steps, and what is worth telling of it."""

    served: Step
    useful: Step
    point: OperatingPoint
    bits: int
    input_hours: Number
    output_hours: Number
    rework_usd: Number
    useful_part: Number
    attempts: Number


@dataclass(frozen=True)
class Refused:
    """A deployment that does not work, and why."""

    why: str


def language_model(model_id: str, kind: str, bits: int, figures: Figures, board_id: str | None = None) -> LanguageModel:
    """The model's figures at a width of weights; a board may keep its cache narrower than the field does."""
    get = figures.of(f"model:{model_id}", f"serving {model_id}")
    zero = np.zeros(())
    is_moe = kind == "moe"
    total, width = get("total_parameters"), get("attention_width")
    in_decode, reached = (figures.find(f"model:{model_id}.{name}") for name in ("decode_attention_width", "experts_efficiency"))
    kv_bits = figures.find(f"board:{board_id}.kv_bits")
    if kv_bits is None:
        kv_bits = figures.get("global:throughput.kv_bits", "the key-value cache")
    return LanguageModel(
        total_parameters=total,
        active_parameters=get("active_parameters"),
        shared_parameters=get("shared_parameters") if is_moe else total,
        weight_bytes=np.asarray(bits / 8.0),
        layers=get("layers"),
        attention_width=width,
        decode_attention_width=width if in_decode is None else in_decode,
        hidden_size=get("hidden_size"),
        kv_bytes=get("kv_bytes_per_token") * kv_bits / 16.0,
        experts=get("experts") if is_moe else zero,
        experts_per_token=get("experts_per_token") if is_moe else zero,
        reached=np.ones(()) if reached is None else reached,
    )


def precision(board_id: str, kind: str, figures: Figures) -> tuple[int, str]:
    """(bits, parameter that gives the speed): 8 where the chip computes in 8 bits, 4 where a model is wired in, else 16."""
    choices = (
        [(4, "fp4_compute"), (8, "fp8_compute"), (16, "bf16_compute")]
        if kind == "hard_wired"
        else [(8, "fp8_compute"), (16, "bf16_compute")]
    )
    for bits, parameter in choices:
        if f"board:{board_id}.{parameter}" in figures:
            return bits, parameter
    raise MissingFigure(f"board:{board_id}.bf16_compute", f"the speed of {board_id}")


ON_CHIP = ("sram", "wafer_scale", "hard_wired")
"""Boards whose weights and cache lie on the chip; they are not chained beyond the system they are sold as."""


def accelerator(board_id: str, kind: str, compute: str, figures: Figures) -> Accelerator:
    """A board as the roofline sees it; `compute` is the parameter that gives its speed at the served width."""
    get = figures.of(f"board:{board_id}", f"serving on {board_id}")
    on_chip = kind in ON_CHIP
    memory, bandwidth = ("sram_capacity", "sram_bandwidth") if on_chip else ("memory_capacity", "memory_bandwidth")
    domain = int(figures.central(f"board:{board_id}.scale_up_size", f"serving on {board_id}"))
    across = int(figures.central("global:throughput.largest_group", "serving across servers"))
    flops = get(compute)
    of_attention = flops
    if f"board:{board_id}.bf16_compute" in figures and compute != "bf16_compute":
        width = figures.get("global:throughput.attention_bits", "the arithmetic of attention")
        of_attention = np.minimum(flops, get("bf16_compute") * 16.0 / width)
    return Accelerator(
        flops=flops * TERA,
        attention_flops=of_attention * TERA,
        bandwidth=get(bandwidth) * TERA,
        memory=get(memory) * GIGA,
        link=get("scale_up_bandwidth") * GIGA,
        far_link=figures.get("global:throughput.scale_out_bandwidth", "serving across servers") * GIGA,
        scale_up=domain,
        max_chips=domain if on_chip else max(domain, across),
        reads_weights=kind != "hard_wired",
    )


def efficiency(board_id: str, figures: Figures) -> Efficiency:
    """Efficiencies of the whole field, but for what is measured on the board itself."""
    get = figures.of("global:throughput", "the throughput of every board")
    sync = figures.find(f"board:{board_id}.sync_latency")
    launch = figures.find(f"board:{board_id}.launch_overhead")
    return Efficiency(
        eta_compute=get("eta_compute"),
        eta_memory=get("eta_memory"),
        memory_usable=get("memory_usable"),
        launch=(launch if launch is not None else get("launch_overhead")) * MICRO,
        sync=(sync if sync is not None else get("sync_latency")) * MICRO,
        far_sync=get("sync_latency_ethernet") * MICRO,
        collectives_per_layer=get("collectives_per_layer"),
        accepted=np.ones(()),
    )


def demand(workload_id: str, figures: Figures) -> Demand:
    get = figures.of(f"workload:{workload_id}", f"the workload {workload_id}")
    tokens, context = get("input_tokens"), figures.find(f"workload:{workload_id}.context_tokens")
    calls = np.ones(()) if context is None else np.maximum(tokens / context, 1.0)
    return Demand(tokens, get("output_tokens"), calls, get("prefix_cache_hit"), get("min_speed"), get("max_ttft"))


@dataclass(frozen=True)
class Machine:
    """A board as it would serve a model for a workload, the point it runs at still open."""

    language: LanguageModel
    chip: Accelerator
    reached: Efficiency
    asked: Demand
    bits: int


def machine(board: Board, model: Model, workload_id: str, figures: Figures) -> Machine | Refused:
    """What a board, a model and a workload bring to the roofline, or why they do not go together.

    Raises
    ------
    MissingFigure
        A figure of the board (its memory, say), of the model or of the workload is not known; it is named.
    """
    board_id, kind, model_id = board.board_id, board.kind, model.model_id
    wired = figures.find(f"board:{board_id}.wired_model_parameters")
    if kind == "hard_wired":
        total = figures.central(f"model:{model_id}.total_parameters", f"serving {model_id}")
        if wired is None or abs(central(wired) / total - 1) > 0.05:
            return Refused("another model is wired into this chip")
    bits, parameter = precision(board_id, kind, figures)
    chip = accelerator(board_id, kind, parameter, figures)
    asked = demand(workload_id, figures)
    context = central(asked.prompt + asked.answer)
    if context > figures.central(f"model:{model_id}.max_context", f"serving {model_id}"):
        return Refused(f"the workload's {context:,.0f} tokens are longer than the model's context")
    return Machine(language_model(model_id, model.kind, bits, figures, board_id), chip, efficiency(board_id, figures), asked, bits)


def too_large(chip: Accelerator) -> Refused:
    return Refused(f"the weights and one sequence do not fit in the memory of {chip.max_chips} chips")


def serve(board: Board, model: Model, workload_id: str, figures: Figures) -> tuple[OperatingPoint, int] | Refused:
    """The operating point of a board for a model and a workload, or why there is none."""
    given = machine(board, model, workload_id, figures)
    if isinstance(given, Refused):
        return given
    parts = (given.language, given.chip, given.reached, given.asked)
    if figures.is_traced:  # which point is best is decided at central values; what it gives is traced
        found = serve(board, model, workload_id, figures.at_center())
        return found if isinstance(found, Refused) else (at(*parts, found[0].chips, found[0].batch), given.bits)
    point = choose(*parts, figures.central("global:throughput.max_batch_per_chip", "batching"))
    if not point.fits:
        return too_large(given.chip)
    if not central(point.meets_latency):
        speed, ttft = central(point.speed), central(point.ttft)
        return Refused(f"too slow: at best {speed:.0f} tokens/s per user and {ttft:.1f} s to the first token")
    return point, given.bits


def busy_seconds(figures: Figures) -> Number:
    """Seconds of a clock hour in which an accelerator works, neither down nor idle."""
    of_site = figures.of("global:site", "the accelerator-hour")
    return named(SECONDS_PER_HOUR * of_site("availability") * of_site("utilisation"), "busy_seconds_per_hour", "s")


def input_weight(asked: Demand, figures: Figures) -> Number:
    """Fresh tokens that an input token counts as, at what the cache holds of it."""
    of_serving = figures.of("global:throughput", "cached input")
    return harness.input_token_weight(asked.cache_hit, of_serving("cache_read_ratio"), of_serving("cache_write_ratio"))


def attempt_seconds(asked: Demand, weight: Number, prefill: Number, decode: Number) -> Number:
    """Chip-seconds of an attempt, input and output.

    weight : see `input_weight`; prefill, decode : chip-seconds per fresh input token and per output token
    """
    return asked.input_tokens * weight * prefill + asked.output_tokens * decode


def price(
    board_id: str,
    model_id: str,
    workload_id: str,
    point: OperatingPoint,
    bits: int,
    small_model: str | None,
    figures: Figures,
    answered: Number | None = None,
) -> Priced:
    """The two steps of a deployment at its operating point.

    `small_model` is the model that the gateway sends part of the requests to, served on the same board; None where there is
    no such route (it is the model itself, or the board cannot serve it for this workload). `answered` is the part of the attempts
    that the gateway answers from a cache of answers, so that they take no model, judge, search or tool; None where it has none.
    """
    of_workload = figures.of(f"workload:{workload_id}", f"the workload {workload_id}")
    of = "/".join((board_id, model_id, workload_id))
    busy = busy_seconds(figures)
    named(point.prefill, f"{of}.prefill", "accelerator-second per prompt token")
    named(point.decode, f"{of}.decode", "accelerator-second per output token")
    named(point.speed, f"{of}.speed", "token/s per user")
    asked = demand(workload_id, figures)
    weight = named(input_weight(asked, figures), f"workload:{workload_id}.input_token_weight", "fresh tokens per input token")
    spent = named(attempt_seconds(asked, weight, point.prefill, point.decode), f"{of}.attempt", "accelerator-second per attempt")
    tokens = asked.input_tokens + asked.output_tokens

    success, tpr, fpr, cap, retained = (of_workload(p) for p in ("success_rate", "gate_tpr", "gate_fpr", "attempt_cap", "retained"))
    accepted = named(harness.acceptance(success, tpr, fpr), f"workload:{workload_id}.acceptance", "fraction")
    attempts = named(harness.expected_attempts(accepted, cap), f"workload:{workload_id}.attempts", "attempts per task")
    useful = harness.useful_tokens_per_task(asked.output_tokens, success, tpr, fpr, retained, cap)
    useful = named(useful, f"workload:{workload_id}.useful_tokens", "useful tokens per task")
    per_million = named(attempts * MILLION / useful, f"workload:{workload_id}.attempts_per_million", "attempts per million useful tokens")

    routed = of_workload("small_model_share") if small_model else np.zeros(())
    run = per_million if answered is None else per_million * (1.0 - answered)
    served = run * tokens / MILLION
    # The judge runs on the same chips as the model it judges.
    judge_seconds = of_workload("judge_input_tokens") * point.prefill + of_workload("judge_output_tokens") * point.decode
    inputs = {
        f"served:{board_id}/{model_id}/{workload_id}": served * (1.0 - routed),
        f"served:{board_id}/{small_model}/{workload_id}": served * routed,
        f"hour:{board_id}": run * judge_seconds / busy,
        **{
            f"item:{item_id}": (per_million if item_id == GATEWAY else run) * spending(item_id, workload_id, figures)
            for item_id in HARNESS_SPENDING
        },
    }
    return Priced(
        served=Step({f"hour:{board_id}": spent / tokens * MILLION / busy}, np.zeros(()), np.zeros(())),
        useful=Step({k: q for k, q in inputs.items() if np.any(plain(q) != 0)}, np.zeros(()), np.zeros(())),
        point=point,
        bits=bits,
        input_hours=point.prefill * MILLION / busy,
        output_hours=point.decode * MILLION / busy,
        rework_usd=per_million * (1.0 - success) * fpr * of_workload("false_accept_penalty"),
        useful_part=useful / (attempts * asked.output_tokens),
        attempts=attempts,
    )
