"""How far computed throughput lies from measured throughput, on systems that nothing was fitted to.

The roofline has two efficiencies that no data sheet gives: the part of its peak arithmetic and of its peak bandwidth that a board
reaches. They are fitted here, by least squares on logarithms, to the offline results of MLPerf, and what they give is compared with the
rows left out: half of the systems at random, one family of boards, or one model at a time; the results under a latency limit, and the
published frontiers of another benchmark, are never fitted. The chain itself keeps its published efficiencies; the part of them that models
of many small experts reach is a figure of those models, set from some of these rows (see its locator), and here taken as it is.

Nothing is computed for a batch larger than the chain would use, nor for a board or model without a figure.

References
----------
.. [1] MLCommons, MLPerf Inference v5.1, closed division: throughput; its rules: milliseconds per output token, 99th percentile.
.. [2] InferenceX: output per accelerator at a given speed for the user.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graph.cost.bound import arithmetic
from graph.cost.calibration_fit import fitted
from graph.cost.deployment import Machine, accelerator, efficiency, language_model
from graph.cost.figures import Figures
from graph.cost.frontier_tables import Calibration, CalibrationRow
from graph.cost.machines import stacked
from graph.cost.operating_point import Demand
from graph.cost.points import points_that_fit
from graph.cost.throughput import decode_step_seconds, prefill_chip_seconds
from sources.columns import columns
from sources.frames import records_of
from sources.records import Benchmark, Board, Model

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
OFFLINE, SERVER, INTERACTIVE, INTERACTIVITY = "offline", "server", "interactive", "interactivity"
ETAS = ("eta_compute", "eta_compute_fp4", "eta_memory")
CEILINGS = ("eta_compute_kernel", "eta_compute_kernel", "eta_memory_kernel")
"""What single kernels reach, in the order of `ETAS`: a whole system cannot do better."""
FLOOR = 0.05
SEED = 20250909
PUBLISHED, HALF = "published", "half"
QUARTER = 1.25
SPECULATING = "multi-token prediction on"
"""What the note of a run with speculative decoding says."""


@dataclass(frozen=True)
class Measured:
    """A measured throughput: output tokens per second and accelerator.

    setup : the board, model and request, min_speed being the limit it was measured under
    system : what else has the same computed value; family : designer and width of arithmetic, such as 'nvidia 4-bit'
    """

    benchmark_id: str
    board_id: str
    model_id: str
    scenario: str
    rate: float
    setup: Machine
    system: tuple[object, ...]
    family: str


def measurements(core: Mapping[str, pd.DataFrame], figures: Figures) -> list[Measured]:
    """Every current throughput on a known board whose request is known; runs with speculative decoding are left out.

    figures : central ones
    """
    boards = {b.board_id: b for b in records_of(core["board"], Board)}
    models = {m.model_id: m for m in records_of(core["model"], Model)}
    found = (_measured(b, boards, models, figures) for b in records_of(core["benchmark"], Benchmark))
    return [one for one in found if one is not None]


def _measured(b: Benchmark, boards: Mapping[str, Board], models: Mapping[str, Model], figures: Figures) -> Measured | None:
    """A row as a measurement, or None where it is none that could be computed."""
    scenario = b.scenario.partition("_")[0]
    known = (b.board_id, b.throughput_tok_s, b.input_tokens, b.output_tokens, b.precision_bits)
    if (
        None in known
        or b.status != "current"
        or scenario not in (OFFLINE, SERVER, INTERACTIVE, INTERACTIVITY)
        or SPECULATING in str(b.note)
    ):
        return None
    board, bits = boards[str(b.board_id)], int(b.precision_bits or 0)
    chip = accelerator(board.board_id, board.kind, arithmetic(board.board_id, bits, figures), figures)
    if b.accelerators is not None:  # the group lies inside of what was measured
        chip = replace(chip, max_chips=int(min(chip.max_chips, b.accelerators)))
    if scenario == INTERACTIVITY:
        limit: float | None = b.speed_tok_s_user
    else:
        milliseconds = figures.find(f"model:{b.model_id}.mlperf_{scenario}_tpot")
        limit = 0.0 if scenario == OFFLINE else None if milliseconds is None else 1e3 / float(milliseconds)
    if limit is None:
        return None
    one = np.ones(())
    asked = Demand(np.asarray(b.input_tokens), np.asarray(b.output_tokens), one, 0.0 * one, np.asarray(limit), np.inf * one)
    language = language_model(b.model_id, models[b.model_id].kind, bits, figures, board.board_id)
    accelerators = 1.0 if b.accelerators is None else b.accelerators  # where none are told, the rate is that of one
    return Measured(
        b.benchmark_id,
        board.board_id,
        b.model_id,
        scenario,
        float(b.throughput_tok_s or 0.0) / accelerators,
        Machine(language, chip, efficiency(board.board_id, figures), asked, bits),
        (board.board_id, b.model_id, scenario, chip.max_chips, bits, b.input_tokens, b.output_tokens, limit),
        f"{board.designer} {bits}-bit",
    )


class Systems:
    """The different systems among measurements, and what the roofline computes for them.

    of : system of each measurement, shape (measurements,)
    """

    def __init__(self, measured: Sequence[Measured], batches_per_chip: float) -> None:
        keys = {m.system: m for m in measured}
        order = {key: k for k, key in enumerate(keys)}
        self.of = np.array([order[m.system] for m in measured], dtype=np.intp)
        self.measured, self.setups = list(measured), [m.setup for m in keys.values()]
        machines = stacked(self.setups)
        self._points = points_that_fit(self.setups, machines, batches_per_chip)
        self._machines = machines.at(self._points.of)
        self._is_fp4 = np.array([s.bits == 4 for s in self.setups])[self._points.of, None]
        self._starts = np.searchsorted(self._points.of, np.arange(len(self.setups)))

    def rates(self, etas: Array) -> Array:
        """Output tokens per second and accelerator of each system, shape (systems,): the best group and batch within the limit, or the fastest
        where none is within it. The prompt's arithmetic is done on the same accelerators.

        etas : values of `ETAS`
        """
        m, n, b = self._machines, self._points.chips[:, None], self._points.batch[:, None]
        eff = replace(m.efficiency, eta_compute=np.where(self._is_fp4, etas[1], etas[0]), eta_memory=np.full(n.shape, etas[2]))
        step = decode_step_seconds(m.model, m.chip, eff, n, b, m.mean_context)
        prefill = prefill_chip_seconds(m.model, m.chip, eff, m.demand.prompt)
        rate = (1.0 / (n * step / b + prefill * m.demand.prompt / m.demand.answer))[:, 0]
        in_time = (1.0 / step >= m.demand.min_speed)[:, 0]
        best = np.maximum.reduceat(np.where(in_time, rate, 0.0), self._starts)
        fastest = np.minimum.reduceat(step[:, 0], self._starts)
        at_fastest = np.maximum.reduceat(np.where(step[:, 0] == fastest[self._points.of], rate, 0.0), self._starts)
        return np.where(best > 0, best, at_fastest)

    def log_ratio(self, etas: Array) -> Array:
        """ln(computed / measured), shape (measurements,)."""
        return np.asarray(np.log(self.rates(etas))[self.of] - self._log_measured)

    @cached_property
    def _log_measured(self) -> Array:
        return np.log([m.rate for m in self.measured])

    def where(self, condition: Callable[[Measured], bool]) -> Mask:
        return np.array([condition(m) for m in self.measured], dtype=bool)


def halves(systems: Systems, seed: int = SEED) -> Mask:
    """Half of the offline systems, at random: all measurements of one are on the same side."""
    chosen = np.random.default_rng(seed).permutation(len(systems.setups)) < len(systems.setups) / 2
    return np.asarray(chosen[systems.of] & systems.where(lambda m: m.scenario == OFFLINE))


def calibration(core: Mapping[str, pd.DataFrame], figures: Figures, seed: int = SEED) -> tuple[pd.DataFrame, pd.DataFrame]:
    """cost.calibration and cost.calibration_row."""
    central = figures.at_center()
    systems = Systems(measurements(core, central), central.central("global:throughput.max_batch_per_chip", "batching"))
    published = np.array([central.central(f"global:throughput.{name}", "calibration") for name in ETAS])
    ceilings = np.array([central.central(f"global:throughput.{name}", "calibration") for name in CEILINGS])
    offline = systems.where(lambda m: m.scenario == OFFLINE)
    half = halves(systems, seed)
    nobody, everybody = np.zeros(offline.size, dtype=bool), np.ones(offline.size, dtype=bool)
    splits: dict[str, tuple[Mask, Mask]] = {PUBLISHED: (nobody, everybody), HALF: (half, ~half)}
    fitable = [m for m, is_offline in zip(systems.measured, offline, strict=True) if is_offline]
    for name in sorted({m.family for m in fitable}) + sorted({m.model_id for m in fitable}):
        left_out = systems.where(lambda m, name=name: name in (m.family, m.model_id))  # type: ignore[misc]
        splits[f"without {name}"] = (offline & ~left_out, left_out)
    rows: list[dict[str, object]] = []
    found: dict[str, Array] = {}
    for split, (used, unused) in splits.items():
        etas = published if split == PUBLISHED else fitted(lambda x, used=used: systems.log_ratio(x)[used], published, FLOOR, ceilings)  # type: ignore[misc]
        found[split] = etas
        limited = [n for n, eta, most in zip(ETAS, etas, ceilings, strict=True) if eta >= most * (1 - 1e-6) or eta <= FLOOR * (1 + 1e-6)]
        told = dict(zip(ETAS, etas.tolist(), strict=True)) | {"at_limit": ", ".join(limited) if limited and split != PUBLISHED else None}
        for part, mask in (("fitted", used), ("held_out", unused)):
            for scenario in (OFFLINE, SERVER, INTERACTIVE, INTERACTIVITY):
                here = mask & systems.where(lambda m, scenario=scenario: m.scenario == scenario)  # type: ignore[misc]
                if here.any():
                    rows.append({"split": split, "part": part, "scenario": scenario, **_errors(systems, here, etas), **told})
    frame = pd.DataFrame(rows)[[c.name for c in columns(Calibration)]]
    return frame, _row_table(systems, found[PUBLISHED], found[HALF], half)


def _errors(systems: Systems, here: Mask, etas: Array) -> dict[str, object]:
    log_ratio = systems.log_ratio(etas)[here]
    return {
        "measurements": int(here.sum()),
        "systems": len(set(systems.of[here].tolist())),
        "median_ratio": float(np.exp(np.median(log_ratio))),
        "typical_factor": float(np.exp(np.sqrt(np.mean(log_ratio**2)))),
        "lowest_ratio": float(np.exp(log_ratio.min())),
        "highest_ratio": float(np.exp(log_ratio.max())),
        "within_quarter_share": float(np.mean(np.abs(log_ratio) <= np.log(QUARTER))),
    }


def _row_table(systems: Systems, published: Array, fit: Array, half: Mask) -> pd.DataFrame:
    measured = systems.measured
    frame = pd.DataFrame(
        {
            "benchmark_id": [m.benchmark_id for m in measured],
            "board_id": [m.board_id for m in measured],
            "model_id": [m.model_id for m in measured],
            "scenario": [m.scenario for m in measured],
            "measured_tok_s_chip": [m.rate for m in measured],
            "published_tok_s_chip": systems.rates(published)[systems.of],
            "fitted_tok_s_chip": systems.rates(fit)[systems.of],
            "is_fitted": half,
        }
    )
    return frame[[c.name for c in columns(CalibrationRow)]]
