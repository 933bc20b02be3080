"""Check the sources without a run: `python -m sources.validate`.

Reads every file, assembles every core table in memory, and prints each problem with file, line and column. Exit code 1
where there is any. It is what a run does first, in two seconds, for somebody adding facts.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection
from functools import partial
from typing import TypeVar

import pandas as pd

from sources import assemble, registry, sites
from sources.curated.loader import DOMAINS
from sources.epoch_data_centers import records as epoch_data_centers
from sources.epoch_gpu_clusters import records as epoch_gpu_clusters
from sources.epoch_ml_hardware import records as epoch_ml_hardware
from sources.errors import Problem, SourceError
from sources.mlperf import records as mlperf
from sources.model_prices import records as model_prices
from sources.resolve import Names

T = TypeVar("T")


class Unavailable(KeyError):
    """A table that others refer to, which cannot be put together: its own problems are told, theirs must wait."""


class Tables(dict[str, pd.DataFrame]):
    """Tables by name; asking for one that failed is Unavailable."""

    def __missing__(self, name: str) -> pd.DataFrame:
        raise Unavailable(name)


class Validation:
    """Collects problems and goes on as long as what follows can still be checked."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def attempt(self, make: Callable[[], T]) -> T | None:
        try:
            return make()
        except SourceError as error:
            self.problems += error.problems
        except Unavailable:
            pass
        return None


def load_raw(check: Validation) -> dict[str, pd.DataFrame]:
    """Every raw table that reads, by name."""
    raw: dict[str, pd.DataFrame] = {}
    for folder in registry.folders():
        for name in folder.tables:
            frame = check.attempt(partial(folder.load, name))
            if frame is not None:
                raw[name] = frame
        counts = {name: len(raw[name]) for name in folder.tables if name in raw}
        check.attempt(partial(registry.check_bounds, folder, counts))
    return raw


def of_kind(raw: dict[str, pd.DataFrame], kind: str) -> pd.DataFrame:
    """All curated rows of one record kind, each with its domain as `layer`."""
    return pd.concat([frame.assign(layer=d) for d in DOMAINS if (frame := raw.get(f"{d}_{kind}")) is not None], ignore_index=True)


def assemble_all(raw: dict[str, pd.DataFrame], check: Validation) -> dict[str, pd.DataFrame]:
    """Every core table that can be assembled, by name without schema."""
    core = Tables()

    def keep(name: str, make: Callable[[], pd.DataFrame]) -> None:
        frame = check.attempt(make)
        if frame is not None:
            core[name] = frame

    def ids(name: str, column: str | None = None) -> set[str]:
        return set(core[name][column or f"{name}_id"])

    def names() -> Names:
        return Names(core["organisation"], core["alias"])

    def countries() -> set[str]:
        return ids("country", "country")

    keep("source", lambda: assemble.source(of_kind(raw, "citation"), registry.declared_sources(registry.folders())))
    keep("country", lambda: assemble.country(of_kind(raw, "country")))
    keep("organisation", lambda: assemble.organisation(of_kind(raw, "organisation"), ids("country", "country"), ids("source")))
    keep("alias", lambda: assemble.alias(of_kind(raw, "alias"), core["organisation"]))
    keep("identifier", lambda: assemble.identifier(of_kind(raw, "identifier"), ids("organisation")))
    keep("item", lambda: assemble.item(of_kind(raw, "item")))
    keep("share", lambda: assemble.share(of_kind(raw, "share"), ids("item"), names(), countries(), ids("source")))
    keep("board", lambda: assemble.board(of_kind(raw, "board"), ids("item"), names(), ids("source")))
    keep("requirement", lambda: assemble.requirement(of_kind(raw, "requirement"), core["item"], ids("board"), names(), ids("source")))
    keep("price", lambda: assemble.price(of_kind(raw, "price"), core["item"], ids("source")))

    def all_sites() -> pd.DataFrame:
        centers = epoch_data_centers.site(raw["epoch_data_centers_data_center"], raw["epoch_data_centers_timeline"])
        clusters = epoch_gpu_clusters.site(raw["epoch_gpu_clusters_cluster"])
        return sites.merge_sites(centers, clusters, of_kind(raw, "site"))

    keep("site", lambda: assemble.site(all_sites(), names(), countries(), ids("board"), ids("source")))
    keep("model", lambda: assemble.model(of_kind(raw, "model"), names(), ids("source")))
    keep("workload", lambda: assemble.workload(of_kind(raw, "workload"), ids("source")))
    keep("power_contract", lambda: assemble.power_contract(of_kind(raw, "power_contract"), names(), countries(), ids("source")))
    keep("queue_entry", lambda: assemble.queue_entry(of_kind(raw, "queue_entry"), ids("source")))
    parameters = [
        of_kind(raw, "parameter"),
        epoch_data_centers.parameter(raw["epoch_data_centers_data_center"], raw["epoch_data_centers_timeline"]),
        epoch_gpu_clusters.parameter(raw["epoch_gpu_clusters_cluster"]),
        epoch_ml_hardware.parameter(raw["epoch_ml_hardware_accelerator"]),
    ]
    known: dict[str, Collection[str]] = {kind: ids(kind) for kind in ("item", "board", "site", "model", "workload") if kind in core}
    keep("parameter", lambda: assemble.parameter(pd.concat(parameters, ignore_index=True), known, ids("source")))
    keep(
        "site_timeline",
        lambda: assemble.site_timeline(epoch_data_centers.site_timeline(raw["epoch_data_centers_timeline"]), ids("site"), ids("source")),
    )
    measured = mlperf.benchmark(raw["mlperf_result"], raw["mlperf_dataset"])
    keep(
        "benchmark",
        lambda: assemble.benchmark(
            pd.concat([of_kind(raw, "benchmark"), measured], ignore_index=True), ids("board"), ids("model"), ids("source")
        ),
    )
    keep("model_price", lambda: assemble.model_price(model_prices.model_price(raw["model_prices_list"]), ids("model"), ids("source")))
    keep("offer", lambda: assemble.offer(core["share"], core["organisation"]))
    return core


def main() -> int:
    """Print every problem; 1 where there is any."""
    check = Validation()
    raw = load_raw(check)
    if not check.problems:
        core = assemble_all(raw, check)
        print(", ".join(f"{name} {len(frame)}" for name, frame in core.items()))
    for problem in check.problems:
        print(problem, file=sys.stderr)
    return 1 if check.problems else 0


if __name__ == "__main__":
    sys.exit(main())
