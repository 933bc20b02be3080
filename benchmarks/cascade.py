"""Seconds and memory of the cascade at national scale, on synthetic networks of firms.

    python -m benchmarks.cascade [--runs 1]

The machine code is compiled before anything is timed. Each job runs in a process of its own, whose peak memory is that
of the job with everything it loads.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import statistics
import time
from dataclasses import replace

import numpy as np

from graph.risk.cascade import esri
from graph.risk.firm_network import FirmNetwork

PARTNERS = 25
"""Industries that an industry buys from."""


def firms_like_a_country(firms: int, links: int, industries: int, seed: int = 0) -> FirmNetwork:
    """Heavy-tailed sizes, industries of uneven size that buy from some 25 others, final demand that differs by industry.

    Sizes follow Zipf's law (exponent 1.1, cut off), the number of links grows with size to the power 0.6, and the value
    of a link with the sizes of both ends, times a log-normal factor. Half of the industries make goods: between them an
    input is essential or non-essential with equal chance. Any other input is non-essential, a fifth of them irrelevant.
    """
    random = np.random.default_rng(seed)
    size = np.minimum(random.pareto(1.1, firms) + 1, firms**0.9)
    popularity = random.lognormal(0, 1, industries)
    industry = random.choice(industries, firms, p=popularity / popularity.sum())
    industry[:industries] = np.arange(industries)
    makes_goods = random.random(industries) < 0.5
    essentiality = np.where(
        makes_goods[:, None] & makes_goods,
        random.choice([1, 2], (industries, industries)),
        random.choice([0, 1], (industries, industries), p=[0.2, 0.8]),
    ).astype(np.int8)

    by_industry = np.argsort(industry, kind="stable")
    first = np.searchsorted(industry[by_industry], np.arange(industries + 1))
    pull = size**0.6
    upto = np.concatenate(([0.0], np.cumsum(pull[by_industry])))
    partners = np.stack([random.choice(industries, min(PARTNERS, industries), replace=False) for _ in range(industries)])
    taste = np.cumsum(1.0 / np.arange(1, partners.shape[1] + 1))
    pairs = np.empty(0, dtype=np.int64)
    while len(pairs) < links:
        draws = int((links - len(pairs)) * 1.3) + 10
        buyer = random.choice(firms, draws, p=pull / pull.sum())
        source = partners[industry[buyer], np.searchsorted(taste / taste[-1], random.random(draws))]
        at = upto[first[source]] + (upto[first[source + 1]] - upto[first[source]]) * random.random(draws)
        supplier = by_industry[np.clip(np.searchsorted(upto, at, side="right") - 1, first[source], first[source + 1] - 1)]
        drawn = np.concatenate((pairs, (supplier * firms + buyer)[supplier != buyer]))
        pairs = drawn[np.sort(np.unique(drawn, return_index=True)[1])]
    supplier, buyer = np.divmod(pairs[:links], firms)
    weight = np.sqrt(size[supplier] * size[buyer]) * random.lognormal(0, 1, links)
    sales = np.bincount(supplier, weight, firms)
    final = np.where(makes_goods, random.uniform(0.0, 0.4, industries), random.uniform(0.1, 0.9, industries))[industry]
    return FirmNetwork(
        firms=tuple(f"f{k}" for k in range(firms)),
        industries=tuple(f"i{k}" for k in range(industries)),
        industry=industry,
        supplier=supplier,
        buyer=buyer,
        weight=weight,
        revenue=np.where(sales > 0, sales / (1 - final), size),
        essentiality=essentiality,
    )


def core_heavy(firms: int, links: int, industries: int, seed: int = 0) -> FirmNetwork:
    """A network in which nearly every shock reaches nearly every firm: every link between equals, every input essential."""
    random = np.random.default_rng(seed)
    drawn = random.integers(0, firms, (2, int(links * 1.2)))
    pairs = random.permutation(np.unique((drawn[0] * firms + drawn[1])[drawn[0] != drawn[1]]))[:links]
    supplier, buyer = np.divmod(pairs, firms)
    weight = random.lognormal(0, 1, len(pairs))
    sales = np.bincount(supplier, weight, firms)
    return FirmNetwork(
        firms=tuple(f"f{k}" for k in range(firms)),
        industries=tuple(f"i{k}" for k in range(industries)),
        industry=random.integers(0, industries, firms),
        supplier=supplier,
        buyer=buyer,
        weight=weight,
        revenue=sales * 1.05 + 0.01,
        essentiality=np.full((industries, industries), 2, dtype=np.int8),
    )


JOBS = {
    "100,000 firms, 1,000,000 links, 600 industries": (120.0, 2.0),
    "10,000 firms, 70,000 links, no final demand, all inputs relevant": (15.0, None),
    "2,000 firms, 15,600 links": (None, None),
    "core-heavy: 10,000 firms, 70,000 links, no market term": (None, None),
    "core-heavy: 10,000 firms, 70,000 links, no market term, eps 1e-6": (None, None),
}
"""Job -> target of seconds, of GB."""


def job(name: str) -> tuple[float, float, float, float]:
    """Wall seconds, processor seconds, peak GB and mean rounds of one job, without making its network."""
    random_core = name.startswith("core-heavy")
    if random_core:
        network, options = core_heavy(10_000, 70_000, 100), {"market": False, "eps": 1e-6 if name.endswith("1e-6") else 1e-2}
    elif name.startswith("100,000"):
        network, options = firms_like_a_country(100_000, 1_000_000, 600), {}
    elif name.startswith("10,000"):
        network = replace(firms_like_a_country(10_000, 70_000, 100), revenue=None)
        options = {"final_demand": False, "all_inputs_relevant": True}
    else:
        network, options = firms_like_a_country(2_000, 15_600, 50), {}
    wall, processor = time.perf_counter(), time.process_time()
    found = esri(network, **options)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    return wall, processor, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2, float(found["iterations"].mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1, help="medians of so many runs")
    runs = parser.parse_args().runs
    context = multiprocessing.get_context("spawn")

    def alone(name: str) -> tuple[float, float, float, float]:
        with context.Pool(1) as pool:
            return pool.apply(job, (name,))

    alone("2,000 firms, 15,600 links")  # compiles, once for an installation
    for name, (seconds, gigabytes) in JOBS.items():
        wall, processor, memory, rounds = (statistics.median(column) for column in zip(*(alone(name) for _ in range(runs)), strict=True))
        target = (f"   target {seconds:g} s" if seconds else "") + (f", {gigabytes:g} GB" if gigabytes else "")
        print(f"{name:<66} {wall:7.1f} s ({processor:6.1f} s of processors) {memory:5.2f} GB, {rounds:4.1f} rounds{target}", flush=True)


if __name__ == "__main__":
    main()
