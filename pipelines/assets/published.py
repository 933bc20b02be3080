"""cost.published_comparison: what others have published beside what the chain gives."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg

from graph.cost.published import CORE, comparison
from graph.cost.published_tables import PublishedComparison
from pipelines.assets.declare import Result, asset_key, checked, contents_key, key_check, spec, stored, unless_unchanged
from pipelines.assets.priced import priced
from pipelines.assets.results import COST_INPUTS
from pipelines.warehouse import read_tables

TABLE = PublishedComparison.table
CHAIN = [f"core.{name}" for name in COST_INPUTS]
INPUTS = sorted({*CHAIN, *(f"core.{name}" for name in CORE)})
KINDS = {"accelerator_hour", "tokens", "package", "rack", "gigawatt"}
"""Every kind that a published cost is compared for at the least."""
CHECKS = {
    "every_kind_is_compared": "There are publications of an accelerator-hour, a million tokens, a package, a rack and a gigawatt.",
    "conflicts_are_mutual": "Where one publication contradicts another, the other contradicts it.",
}


@dg.multi_asset(
    specs=[spec(PublishedComparison, TABLE, "cost", ["cost.served_token", "core.published_cost", "core.model_price"], kinds=["numpy"])],
    check_specs=[
        key_check(TABLE),
        *(dg.AssetCheckSpec(name, asset=asset_key(TABLE), blocking=True, description=text) for name, text in CHECKS.items()),
    ],
    name="published_comparison",
)
def published_comparison() -> Iterator[Result]:
    yield from unless_unchanged([TABLE], INPUTS, _published_comparison)


def _published_comparison() -> Iterator[Result]:
    core = read_tables(INPUTS)
    model, figures = priced(core, contents_key(CHAIN))
    frame = comparison(model, core, figures)
    yield stored(PublishedComparison, frame)
    missing = KINDS - set(frame["quantity"])
    yield checked(TABLE, "every_kind_is_compared", not missing, {"rows": len(frame), "missing": ", ".join(sorted(missing)) or "none"})
    against = frame.dropna(subset=["conflicts_with"])
    pairs = {(one, other) for one, others in against[["published_id", "conflicts_with"]].to_numpy() for other in others.split(", ")}
    alone = sorted(f"{a} against {b}" for a, b in pairs if (b, a) not in pairs)
    yield checked(TABLE, "conflicts_are_mutual", not alone, {"pairs": len(pairs), "one_sided": "; ".join(alone[:9]) or "none"})


ASSETS = [published_comparison]
