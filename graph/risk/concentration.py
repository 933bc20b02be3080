"""How concentrated the supply of each item is: by firm, by owner group, by country (METHODS 1).

The Herfindahl-Hirschman index is the sum of squared shares, 0 to 10,000. Published shares are ranges and seldom
complete, so an index is a range too: every set of shares that the evidence allows lies within its bounds.

References
----------
.. [1] U.S. Department of Justice and Federal Trade Commission, Merger Guidelines (2023), section 2.1: markets above
   1,800 are highly concentrated, a share above 30% is a concern of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from graph.results import Hhi
from graph.risk.governance import weighted
from sources.columns import columns
from sources.frames import rows_of
from sources.records import GRADES, split_of_production

Array = NDArray[np.float64]
MODERATE, HIGH = 1_000.0, 1_800.0
DOMINANT_SHARE = 0.30
FULL = 10_000.0
HALF = 0.5
"""Where less than this is known, the smallest known share says nothing of how large an unknown one may be."""
ROUNDING = 1e-9
"""Sums of the same shares in another order differ by less than this."""
COMPLETE = 0.995
"""Shares that sum to this much leave no room for suppliers nobody named: what is missing is rounding."""


def herfindahl(shares: ArrayLike) -> float:
    """Sum of squared shares on the scale 0 to 10,000; `shares` are fractions."""
    return float(np.square(np.asarray(shares, dtype=float)).sum() * FULL)


def band(hhi: float) -> str:
    """'low' below 1,000, 'moderate' to 1,800, 'high' above: the bands of the 2023 Merger Guidelines [1]_."""
    return "low" if hhi < MODERATE else "moderate" if hhi <= HIGH else "high"


def remainder_bounds(known: ArrayLike, remainder: float) -> tuple[float, float]:
    """What an unknown remainder of supply adds to the index, at least and at most.

    At least nothing: it may be spread over very many suppliers. At most what it adds if its suppliers are each as
    large as the smallest one known (a larger one would have been known), or one supplier where nobody is known.
    """
    sizes = np.asarray(known, dtype=float)
    sizes = sizes[sizes > 0]
    if remainder <= 0:
        return 0.0, 0.0
    largest = float(sizes.min()) if sizes.size else 1.0
    whole = int(remainder / largest + 1e-9)
    return 0.0, herfindahl([largest] * whole + [remainder - whole * largest])


def smallest_index(low: Array, high: Array, total: float) -> float:
    """Least HHI of shares between `low` and `high` that sum to `total`: the shares as equal as their ranges let them be."""
    if not low.size:
        return 0.0
    # The sum of the shares grows with the water level, straight between the ends of the ranges: the level is between two of them.
    ends = np.sort(np.concatenate([low, high]))
    sums = np.clip(ends[:, None], low, high).sum(axis=1)
    return herfindahl(np.clip(np.interp(total, sums, ends), low, high))


def largest_index(low: Array, high: Array, total: float) -> float:
    """An upper bound of the HHI of shares between `low` and `high` that sum to `total`.

    Raising a share from low to high gains (low + high) per unit, so supply is given to those first; the last one,
    raised in part, is counted along the chord, which lies above the square.
    """
    spare = max(total - float(low.sum()), 0.0)
    order = np.argsort(-(low + high))
    low, high = low[order], high[order]
    before = np.cumsum(high - low) - (high - low)
    raised = np.clip(spare - before, 0.0, high - low)
    return min(float(np.square(low).sum() + (raised * (low + high)).sum()), 1.0) * FULL


@dataclass(frozen=True)
class Supplier:
    """One supplier's share as a range, and the grade of the evidence."""

    name: str
    low: float
    central: float
    high: float
    grade: str


@dataclass(frozen=True)
class Concentration:
    """The measures of one item's supply; see `graph.results.Hhi` for what each means."""

    low: float
    central: float
    high: float
    cr1: float
    cr3: float
    known: float
    largest: str
    by_grade: dict[str, float]


def concentration(suppliers: Iterable[Supplier], may_hide_a_giant: bool = False) -> Concentration | None:
    """Measures of a supply of which some shares are known; None where none is.

    `may_hide_a_giant`: a supplier is named whose share nobody publishes, so that the rest may be its alone.

    The bounds cover both what is missing and how uncertain each share is. The central value takes the central
    shares and the middle of the bounds of what is missing.
    """
    known = sorted((s for s in suppliers if s.central > 0 or s.high > 0), key=lambda s: -s.central)
    if not known:
        return None
    low, central, high = (np.array([getattr(s, b) for s in known]) for b in ("low", "central", "high"))
    total = float(central.sum())
    may_hide_a_giant = may_hide_a_giant or total < HALF - ROUNDING
    least, most = remainder_bounds([] if may_hide_a_giant else central, 0.0 if total >= COMPLETE - ROUNDING else 1.0 - total)
    at_center = min(herfindahl(central) + (least + most) / 2, FULL)
    if total >= COMPLETE - ROUNDING:
        lowest, highest = smallest_index(low, high, min(total, 1.0)), largest_index(low, high, 1.0)
    else:
        # Supply nobody named: spread thinly for the lower bound, in suppliers as large as the smallest named one for the upper.
        lowest = herfindahl(low)
        highest = largest_index(low, high, 1.0) + remainder_bounds(high, 1.0 - float(high.sum()))[1]
        if may_hide_a_giant:  # one supplier with all that the named ones may leave
            highest = max(highest, herfindahl([*low, 1.0 - float(low.sum())]))
    by_grade = {g: float(sum(s.central for s in known if s.grade == g)) / total if total else 0.0 for g in GRADES}
    return Concentration(
        low=min(lowest, at_center),
        central=at_center,
        high=max(min(highest, FULL), at_center),
        cr1=float(central[0]),
        cr3=float(central[:3].sum()),
        known=total,
        largest=known[0].name,
        by_grade=by_grade,
    )


def hhi(
    shares: pd.DataFrame,
    offers: pd.DataFrame,
    items: pd.DataFrame,
    organisations: pd.DataFrame,
    country_risk: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """The table risk.hhi: one row per item and view (firm, owner, country).

    Parameters
    ----------
    shares, offers, items, organisations : core tables
    country_risk : country -> governance risk, 0 to 1 (`graph.risk.governance`)

    Returns
    -------
    DataFrame
        Columns of `graph.results.Hhi`. An item of which no share is known has a row that says so. An item without
        shares of its own is measured by its class (`basis` names it).

    Notes
    -----
    By country, published country shares go before firms' shares spread over the countries they produce in. A group of firms
    whose split is unknown, and the unknown rest, count as missing supply.
    """
    current = shares[shares["status"] == "current"]
    views = supply_views(shares, offers, organisations)
    kinds = {"firm": ["firm", "group"], "owner": ["firm", "group"], "country": ["country"]}
    listed = {by: Counter[str](current[current["supplier_kind"].isin(kind)]["item_id"]) for by, kind in kinds.items()}
    # Where no country shares are published, the countries the firms produce in are counted.
    listed["country"] = Counter({i: listed["country"][i] or len({s.name for s in views["country"].get(i, [])}) for i in items["item_id"]})
    part_of = {i: p for i, p in zip(items["item_id"], items["part_of"], strict=True) if isinstance(p, str)}
    blank = current["central"].isna() & (current["supplier_kind"] == "firm")
    unmeasured = set(current[blank]["item_id"])
    rows = [
        _row(item_id, by, view, part_of, listed[by], unmeasured if by != "country" else set())
        for item_id in items["item_id"]
        for by, view in views.items()
    ]
    for row in rows:
        if row["by"] == "country" and row["basis"] is not None:
            supply = {s.name: s.central for s in views["country"][str(row["basis"])]}
            row["governance_risk"], row["governance_hhi"] = weighted(supply, country_risk or {})
    frame = pd.DataFrame(rows)
    frame["rank"] = frame.groupby("by")["hhi_central"].rank(method="min", ascending=False).astype("Int64")
    metric = current.groupby("item_id")["metric"].first().to_dict()
    frame["metric"] = frame["basis"].map(metric)
    return frame.reindex(columns=[c.name for c in columns(Hhi)])


View = dict[str, list[Supplier]]


def supply_views(shares: pd.DataFrame, offers: pd.DataFrame, organisations: pd.DataFrame) -> dict[str, View]:
    """'firm', 'owner', 'country' -> item -> its suppliers whose share is known."""
    current = shares[shares["status"] == "current"]
    return {
        "firm": _firms(current),
        "owner": _owners(current, dict(zip(organisations["organisation_id"], organisations["owner_id"], strict=True))),
        "country": _countries(current, offers),
    }


def _row(item_id: str, by: str, view: View, part_of: dict[str, str], listed: Counter[str], unmeasured: set[str]) -> dict[str, object]:
    """`unmeasured`: items that name a supplier without a share. Who names suppliers of its own is not measured by its class."""
    basis: str | None = item_id
    while basis is not None and not (view.get(basis) and concentration(view[basis])):
        basis = part_of.get(basis) if not listed[basis] and basis not in unmeasured else None
    row: dict[str, object] = {"item_id": item_id, "by": by, "basis": basis, "suppliers_named": listed[item_id]}
    found = concentration(view[basis], basis in unmeasured) if basis is not None else None
    if found is None:
        return row | {"finding": "no share known"}
    return row | {
        "hhi_low": found.low,
        "hhi_central": found.central,
        "hhi_high": found.high,
        "band": band(found.central),
        "band_is_certain": band(found.low) == band(found.high),
        "cr1": found.cr1,
        "cr3": min(found.cr3, 1.0),
        "largest": found.largest,
        "has_dominant_supplier": found.cr1 > DOMINANT_SHARE,
        "effective_suppliers": FULL / found.central,
        "known_share": found.known,
        **{f"{grade}_share": part for grade, part in found.by_grade.items()},
        "finding": "measured" if basis == item_id else f"measured by its class {basis}",
    }


def _suppliers(frame: pd.DataFrame, name: str) -> View:
    """item -> suppliers, several rows of one supplier added up; the weakest grade of the rows is kept."""
    frame = frame[frame["central"].notna()]
    worst = frame.assign(grade_rank=frame["grade"].map(GRADES.index))
    summed = worst.groupby(["item_id", name], sort=False).agg(
        low=("low", "sum"), central=("central", "sum"), high=("high", "sum"), grade_rank=("grade_rank", "max")
    )
    view: View = {}
    for row in rows_of(summed.reset_index()):
        # Rounded shares of one owner may pass one together.
        low, central, high = (min(row[bound], 1.0) for bound in ("low", "central", "high"))
        view.setdefault(row["item_id"], []).append(Supplier(row[name], low, central, high, GRADES[row["grade_rank"]]))
    return view


def _firms(current: pd.DataFrame) -> View:
    return _suppliers(current[current["supplier_kind"] == "firm"], "organisation_id")


def _owners(current: pd.DataFrame, owner: dict[str, str]) -> View:
    firms = current[current["supplier_kind"] == "firm"]
    return _suppliers(firms.assign(owner_id=firms["organisation_id"].map(owner)), "owner_id")


def _countries(current: pd.DataFrame, offers: pd.DataFrame) -> View:
    published = _suppliers(current[current["supplier_kind"] == "country"], "country")
    spread = offers.rename(columns={"share_low": "low", "share_central": "central", "share_high": "high"})
    weaker = np.maximum(spread["grade"].map(GRADES.index), spread["production_grade"].map(GRADES.index))
    spread = spread.assign(grade=[GRADES[int(k)] for k in weaker])
    groups = current[(current["supplier_kind"] == "group") & current["production"].notna() & current["central"].notna()]
    parts = [
        {
            "item_id": row["item_id"],
            "country": code,
            **{bound: row[bound] * fraction for bound in ("low", "central", "high")},
            "grade": max(row["grade"], row["production_grade"], key=GRADES.index),
        }
        for row in rows_of(groups)
        for code, fraction in split_of_production(row["production"]).items()
    ]
    if parts:
        spread = pd.concat([spread, pd.DataFrame(parts)], ignore_index=True)
    return {**_suppliers(spread, "country"), **published}
