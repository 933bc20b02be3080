"""Tokens per second from a roofline, and the point a deployment runs at."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.cost.bound import BATCHES
from graph.cost.operating_point import Demand, batch_grid, choose
from graph.cost.throughput import (
    IDEAL,
    Accelerator,
    Efficiency,
    LanguageModel,
    decode_step_seconds,
    first_token_seconds,
    fits,
    group_sizes,
    prefill_chip_seconds,
    sync_seconds,
    throughput_bound,
    weights_read,
)


def num(value: float) -> np.ndarray:
    return np.asarray(value, dtype=float)


LLAMA_70B = LanguageModel(
    total_parameters=num(70.6e9),
    active_parameters=num(70.6e9),
    shared_parameters=num(70.6e9),
    weight_bytes=num(1),
    layers=num(80),
    attention_width=num(8192),
    decode_attention_width=num(8192),
    hidden_size=num(8192),
    kv_bytes=num(327_680),
    experts=num(0),
    experts_per_token=num(0),
    reached=num(1),
)
MIXTURE = LanguageModel(
    total_parameters=num(671e9),
    active_parameters=num(37e9),
    shared_parameters=num(16e9),
    weight_bytes=num(1),
    layers=num(61),
    attention_width=num(16_384),
    decode_attention_width=num(16_384),
    hidden_size=num(7168),
    kv_bytes=num(70_272),
    experts=num(256),
    experts_per_token=num(8),
    reached=num(1),
)
H100 = Accelerator(
    flops=num(1979e12),
    attention_flops=num(989e12),
    bandwidth=num(3.35e12),
    memory=num(80e9),
    link=num(450e9),
    far_link=num(50e9),
    scale_up=8,
    max_chips=8,
)
REAL = Efficiency(
    eta_compute=num(0.5),
    eta_memory=num(0.7),
    memory_usable=num(0.9),
    launch=num(2e-4),
    sync=num(8e-6),
    far_sync=num(2e-5),
    collectives_per_layer=num(2),
    accepted=num(1),
)
CHAT = Demand(input_tokens=num(1000), output_tokens=num(400), calls=num(1), cache_hit=num(0.3), min_speed=num(30), max_ttft=num(2))


@st.composite
def machines(draw: st.DrawFn) -> tuple[LanguageModel, Accelerator, Efficiency]:
    size = draw(st.floats(1e9, 4e11))
    experts = draw(st.sampled_from([0, 8, 64, 256]))
    per_token = draw(st.integers(1, 8)) if experts else 0
    shared = size * draw(st.floats(0.05, 0.5)) if experts else size
    active = shared + (size - shared) * per_token / experts if experts else size
    model = LanguageModel(
        total_parameters=num(size),
        active_parameters=num(active),
        shared_parameters=num(shared),
        weight_bytes=num(draw(st.sampled_from([0.5, 1, 2]))),
        layers=num(draw(st.integers(16, 120))),
        attention_width=num(8192),
        decode_attention_width=num(8192),
        hidden_size=num(8192),
        kv_bytes=num(draw(st.floats(1e4, 5e5))),
        experts=num(experts),
        experts_per_token=num(per_token),
        reached=num(1),
    )
    chip = Accelerator(
        flops=num(flops := draw(st.floats(1e14, 1e16))),
        attention_flops=num(flops / draw(st.sampled_from([1, 2, 4]))),
        bandwidth=num(draw(st.floats(1e12, 1e14))),
        memory=num(draw(st.floats(2e10, 3e11))),
        link=num(draw(st.floats(5e10, 2e12))),
        far_link=num(draw(st.floats(1e9, 5e10))),
        scale_up=draw(st.sampled_from([1, 8, 72])),
        max_chips=draw(st.sampled_from([1, 2, 6, 8, 72])),
        reads_weights=draw(st.booleans()),
    )
    eff = Efficiency(
        eta_compute=num(draw(st.floats(0.1, 1))),
        eta_memory=num(draw(st.floats(0.1, 1))),
        memory_usable=num(draw(st.floats(0.5, 1))),
        launch=num(draw(st.floats(0, 1e-3))),
        sync=num(draw(st.floats(0, 1e-4))),
        far_sync=num(draw(st.floats(0, 1e-3))),
        collectives_per_layer=num(2),
        accepted=num(1),
    )
    return model, chip, eff


def test_one_user_of_llama_70b_on_eight_h100s_waits_for_the_weights() -> None:
    # 70.6 GB of weights and 1,000 x 0.32768 MB of cache over 8 x 3.35 TB/s: 70.92768e9 / 26.8e12
    step = decode_step_seconds(LLAMA_70B, H100, IDEAL, 8, 1, 1000)
    assert step == pytest.approx(2.64656e-3, rel=1e-5)
    # arithmetic, 143.82 GFLOP over 15.8 PFLOP/s, would take 9 microseconds
    assert decode_step_seconds(LLAMA_70B, replace(H100, flops=H100.flops / 100), IDEAL, 8, 1, 1000) == step
    assert decode_step_seconds(LLAMA_70B, replace(H100, bandwidth=H100.bandwidth * 2), IDEAL, 8, 1, 1000) == pytest.approx(step / 2)


def test_four_thousand_users_of_llama_70b_wait_for_the_arithmetic() -> None:
    # 4,096 x (2 x 70.6e9 FLOP / 1979e12 FLOP/s + 4 x 80 x 8192 x 10 FLOP / 989e12 FLOP/s) / 8: 512 x (71.3492 + 0.0265) us
    step = decode_step_seconds(LLAMA_70B, H100, IDEAL, 8, 4096, 10)
    assert step == pytest.approx(3.65444e-2, rel=1e-5)
    assert decode_step_seconds(LLAMA_70B, replace(H100, bandwidth=H100.bandwidth / 2), IDEAL, 8, 4096, 10) == step


def test_latent_attention_multiplies_wider_vectors_in_an_answer_than_in_a_prompt() -> None:
    # DeepSeek-V3, 10,000 tokens back: 61 layers x 4 x 69,632 x 10,000 FLOP in decode, x 20,480 x 5,000 (half the prompt) in prefill.
    latent = replace(MIXTURE, attention_width=num(20_480), decode_attention_width=num(69_632))
    weights = 2 * 37e9 / 1979e12
    decode = decode_step_seconds(latent, replace(H100, bandwidth=num(1e18)), IDEAL, 1, 1, 10_000)
    assert decode == pytest.approx(weights + 61 * 4 * 69_632 * 10_000 / 989e12, rel=1e-6)
    assert prefill_chip_seconds(latent, H100, IDEAL, 10_000) == pytest.approx(weights + 61 * 4 * 20_480 * 5_000 / 989e12, rel=1e-6)


@given(machines(), st.floats(0.1, 1))
def test_what_small_experts_lose_is_arithmetic_on_weights(drawn: tuple[LanguageModel, Accelerator, Efficiency], reached: float) -> None:
    model, chip, eff = drawn
    part = replace(model, reached=num(reached))
    lost = float(2 * model.active_parameters / (eff.eta_compute * chip.flops)) * (1 / reached - 1)
    longer = float(prefill_chip_seconds(part, chip, eff, 1000) - prefill_chip_seconds(model, chip, eff, 1000))
    assert longer == pytest.approx(lost, rel=1e-6, abs=1e-18)
    whole, step = (float(decode_step_seconds(m, chip, eff, chip.max_chips, 8, 1000)) for m in (model, part))
    assert whole * (1 - 1e-12) <= step <= (whole + 8 * lost / chip.max_chips) * (1 + 1e-12)


def test_losses_add_to_the_step() -> None:
    # Half the bandwidth is lost; 80 layers x 2 collectives x (10 us + 2 x 7/8 x 16,384 B / 450 GB/s); 0.1 ms to launch.
    eff = replace(IDEAL, eta_memory=num(0.5), sync=num(1e-5), collectives_per_layer=num(2), launch=num(1e-4))
    carried = 160 * (1e-5 + 1.75 * 16_384 / 450e9)
    assert decode_step_seconds(LLAMA_70B, H100, eff, 8, 1, 1000) == pytest.approx(2 * 2.64656e-3 + carried + 1e-4, rel=1e-5)


def test_a_chip_alone_synchronises_with_nobody() -> None:
    assert sync_seconds(LLAMA_70B, H100, REAL, 1, 64) == 0.0
    assert sync_seconds(LLAMA_70B, H100, REAL, 2, 64) > 0.0


def test_a_group_beyond_its_fast_domain_synchronises_over_the_network() -> None:
    # 80 layers x 2 collectives x (20 us + 2 x 15/16 x 16,384 B / 50 GB/s)
    wide = replace(H100, max_chips=16)
    assert sync_seconds(LLAMA_70B, wide, REAL, 16, 1) == pytest.approx(160 * (2e-5 + 1.875 * 16_384 / 50e9))
    assert sync_seconds(LLAMA_70B, replace(wide, scale_up=16), REAL, 16, 1) == pytest.approx(160 * (8e-6 + 1.875 * 16_384 / 450e9))


def test_experts_across_servers_exchange_their_part_of_the_batch() -> None:
    # 61 layers x 2 collectives; of 6,400 tokens each of 64 chips sends 100 to 8 experts each, 7,168 values of 1.5 bytes on average.
    wide, eff = replace(H100, max_chips=64), replace(IDEAL, collectives_per_layer=num(2))
    exchange = sync_seconds(MIXTURE, wide, eff, 64, 6400)
    assert exchange == pytest.approx(122 * 100 * 8 * 7168 * 1.5 / 50e9)
    # A ring all-reduce moves 4 x 63 / (8 x 1.5) = 21 times as much; a pair of chips is better off with it.
    dense = replace(MIXTURE, experts=num(0))
    assert sync_seconds(dense, wide, eff, 64, 6400) == pytest.approx(21 * exchange)
    assert sync_seconds(MIXTURE, wide, eff, 2, 6400) == sync_seconds(dense, wide, eff, 2, 6400)


def test_prefill_is_arithmetic_with_attention_over_half_the_prompt() -> None:
    # 2 x 70.6e9 / 1979e12 + 4 x 80 x 8192 x 500 / 989e12
    assert prefill_chip_seconds(LLAMA_70B, H100, IDEAL, 1000) == pytest.approx(7.26745e-5, rel=1e-5)


@given(machines(), st.integers(1, 72), st.integers(1, 8000), st.floats(0, 1))
def test_the_first_token_takes_no_less_than_a_pass_over_one_token(
    machine: tuple[LanguageModel, Accelerator, Efficiency], chips: int, prompt: int, hit: float
) -> None:
    model, chip, eff = machine
    fresh = max(1.0, prompt * (1 - hit))
    first = float(first_token_seconds(model, chip, eff, chips, prompt, fresh))
    # the cache of a context of nothing is empty: one decoding step reads the weights and computes one token
    assert first >= float(decode_step_seconds(model, chip, eff, chips, 1, 0)) * (1 - 1e-12)


def test_a_mixture_reads_its_active_experts_for_one_token_and_all_for_many() -> None:
    routed = 671e9 - 16e9
    assert weights_read(MIXTURE, 1) == pytest.approx(16e9 + routed * 8 / 256)
    # two tokens: 1 - (248/256)^2 of the experts
    assert weights_read(MIXTURE, 2) == pytest.approx(16e9 + routed * (1 - (248 / 256) ** 2))
    assert weights_read(MIXTURE, 10_000) == pytest.approx(671e9)
    read = weights_read(MIXTURE, np.arange(1, 500))
    assert np.all(np.diff(read) > 0)
    assert np.all(read <= 671e9)


def test_a_dense_model_reads_all_its_weights_for_any_batch() -> None:
    np.testing.assert_array_equal(weights_read(LLAMA_70B, np.array([1, 8, 512])), 70.6e9)


def test_a_mixture_that_routes_to_every_expert_is_dense() -> None:
    everywhere = replace(MIXTURE, experts_per_token=num(256))
    np.testing.assert_allclose(weights_read(everywhere, np.array([1, 2, 100])), 671e9)


@given(machines(), st.integers(1, 72), st.floats(0, 50_000))
def test_larger_batches_are_slower_for_each_user_and_faster_for_all(
    machine: tuple[LanguageModel, Accelerator, Efficiency], chips: int, context: float
) -> None:
    model, chip, eff = machine
    batch = np.arange(1.0, 300.0)
    step = decode_step_seconds(model, chip, eff, chips, batch, context)
    throughput = batch / step
    assert np.all(np.diff(step) >= -1e-12 * step[1:])
    assert np.all(np.diff(throughput) >= -1e-9 * throughput[1:])


@pytest.mark.parametrize("machine", [(LLAMA_70B, H100), (MIXTURE, replace(H100, max_chips=16))])
def test_under_a_memory_bound_a_larger_batch_gains_throughput_and_loses_speed(machine: tuple[LanguageModel, Accelerator]) -> None:
    model, chip = machine
    step = decode_step_seconds(model, chip, REAL, 8, np.array([1.0, 16.0]), 1000)
    assert step[1] > step[0]
    assert 16 / step[1] > 2 / step[0]


def test_weights_and_cache_must_fit_in_the_memory() -> None:
    # 90% of 8 x 80 GB is 576 GB; less 70.6 GB that leaves 505.4 GB, over 0.65536 GB a sequence of 2,000 tokens: 771.18
    assert fits(LLAMA_70B, H100, REAL, 8, 771, 2000)
    assert not fits(LLAMA_70B, H100, REAL, 8, 772, 2000)
    assert not fits(LLAMA_70B, replace(H100, memory=num(70e9)), IDEAL, 1, 1, 1)


def test_a_hard_wired_chip_reads_no_weights() -> None:
    """Its step is the cache alone, and its memory holds nothing else."""
    wired = replace(H100, reads_weights=False)
    step = decode_step_seconds(LLAMA_70B, wired, IDEAL, 1, 1, 1000)
    assert step == pytest.approx(327_680_000 / 3.35e12)
    heavier = replace(LLAMA_70B, weight_bytes=num(4))
    assert decode_step_seconds(heavier, wired, IDEAL, 1, 1, 1000) == step
    assert fits(heavier, wired, IDEAL, 1, 244, 1000)
    assert not fits(heavier, wired, IDEAL, 1, 245, 1000)


def test_groups_are_powers_of_two_and_the_largest() -> None:
    assert group_sizes(replace(H100, max_chips=72)) == [1, 2, 4, 8, 16, 32, 64, 72]
    assert group_sizes(replace(H100, max_chips=72), most=6) == [1, 2, 4, 6]
    assert group_sizes(H100) == [1, 2, 4, 8]


@given(machines(), st.integers(1, 20_000), st.integers(1, 4000))
def test_no_operating_point_passes_the_ideal_bound(
    machine: tuple[LanguageModel, Accelerator, Efficiency], prompt: int, output: int
) -> None:
    model, chip, eff = machine
    demand = Demand(num(prompt), num(output), num(1), num(0), num(0), num(np.inf))
    point = choose(model, chip, eff, demand, 256)
    if not point.fits:
        return
    chip_seconds = point.decode + point.prefill * prompt / output
    batches = batch_grid(256 * chip.max_chips)
    assert chip.max_chips / chip_seconds.item() <= throughput_bound(model, chip, chip.max_chips, prompt, output, batches) * (1 + 1e-9)


@pytest.mark.parametrize("batch", [1, 3, 700, pytest.param(940)])
def test_no_batch_that_fits_passes_the_bound_that_measurements_are_held_to(batch: int) -> None:
    prompt, output = 1000.0, 800.0
    assert fits(LLAMA_70B, H100, IDEAL, 8, batch, prompt + output)
    step = decode_step_seconds(LLAMA_70B, H100, IDEAL, 8, batch, prompt + output / 2)
    rate = 8 / (8 * step / batch + prefill_chip_seconds(LLAMA_70B, H100, IDEAL, prompt) * prompt / output)
    assert rate <= throughput_bound(LLAMA_70B, H100, 8, prompt, output, BATCHES) * (1 + 1e-9)


def test_a_model_that_fits_nowhere_has_no_bound_and_no_point() -> None:
    small = replace(H100, memory=num(1e9))
    assert throughput_bound(LLAMA_70B, small, 8, 100, 100, BATCHES) == 0.0
    assert not choose(LLAMA_70B, small, REAL, CHAT, 256).fits


def test_batches_tried_are_half_an_octave_apart() -> None:
    np.testing.assert_array_equal(batch_grid(20), [1, 2, 3, 4, 6, 8, 12, 16, 20])
    np.testing.assert_array_equal(batch_grid(1), [1])


@given(machines(), st.integers(1, 8000), st.integers(1, 2000), st.floats(0, 0.9), st.floats(1, 300), st.floats(0.01, 5))
def test_the_point_chosen_is_the_cheapest_that_meets_the_latency(
    machine: tuple[LanguageModel, Accelerator, Efficiency], prompt: int, output: int, hit: float, least_speed: float, most_ttft: float
) -> None:
    model, chip, eff = machine
    cheapest = fastest = np.inf
    for n in group_sizes(chip):
        for b in batch_grid(64 * n):
            if not fits(model, chip, eff, n, b, prompt + output):
                continue
            step = float(decode_step_seconds(model, chip, eff, n, b, prompt + output / 2))
            ttft = float(first_token_seconds(model, chip, eff, n, prompt, prompt * (1 - hit)))
            fastest = min(fastest, step)
            if 1 / step >= least_speed and ttft <= most_ttft:
                cheapest = min(cheapest, n * step / b)
    point = choose(model, chip, eff, Demand(num(prompt), num(output), num(1), num(hit), num(least_speed), num(most_ttft)), 64)
    assert point.fits == np.isfinite(fastest)
    if not point.fits:
        return
    assert point.meets_latency.item() == np.isfinite(cheapest)
    if np.isfinite(cheapest):
        assert point.decode.item() == pytest.approx(cheapest, rel=1e-12)
        assert point.speed.item() >= least_speed
        assert point.ttft.item() <= most_ttft
    else:
        assert point.speed.item() == pytest.approx(1 / fastest, rel=1e-12)


def test_where_no_point_is_fast_enough_the_fastest_is_given_and_said_to_miss() -> None:
    hurried = replace(CHAT, min_speed=num(1e6))
    point = choose(LLAMA_70B, H100, REAL, hurried, 256)
    assert not point.meets_latency.item()
    assert (point.chips.item(), point.batch.item()) == (8, 1)


def test_each_draw_gets_its_own_point() -> None:
    speeds = np.array([20.0, 60.0, 150.0])
    together = choose(LLAMA_70B, H100, REAL, replace(CHAT, min_speed=speeds), 256)
    alone = [choose(LLAMA_70B, H100, REAL, replace(CHAT, min_speed=num(s)), 256) for s in speeds]
    for k, point in enumerate(alone):
        for field in ("decode", "chips", "batch", "speed", "ttft", "meets_latency"):
            assert getattr(together, field)[k] == getattr(point, field).item()
    assert np.all(together.speed >= speeds)
    assert np.all(np.diff(together.decode) > 0), "speed costs chip-seconds"


def test_an_attempt_of_four_calls_runs_at_the_point_of_one_of_them() -> None:
    """What has to fit in memory and come in time is one call's context, not the sum over the calls."""
    whole = choose(LLAMA_70B, H100, REAL, replace(CHAT, input_tokens=num(4000), output_tokens=num(1600), calls=num(4)), 256)
    call = choose(LLAMA_70B, H100, REAL, CHAT, 256)
    for field in ("decode", "prefill", "chips", "batch", "speed", "ttft"):
        assert getattr(whole, field) == getattr(call, field)
