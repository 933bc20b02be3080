"""How risky the countries behind a supply are, by the Worldwide Governance Indicators.

The indicators are in standard-normal units, about -2.5 (worst) to 2.5 (best). A country's risk here is the mean of its political
stability and rule of law, turned round and scaled to 0 (best) to 1 (worst): these two speak of whether goods keep leaving the
country, the others of how it is run.

References
----------
.. [1] European Commission, "Methodology for establishing the EU list of critical raw materials" (2017), which weighs squared
   country shares with scaled governance indicators.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

INDICATORS = ("governance_political_stability", "governance_rule_of_law")
BEST, WORST = 2.5, -2.5
FULL = 10_000.0


def country_risk(parameters: pd.DataFrame) -> dict[str, float]:
    """Country code -> governance risk, 0 to 1; only countries of which both indicators are known."""
    rows = parameters[(parameters["status"] == "current") & parameters["parameter"].isin(INDICATORS) & parameters["central"].notna()]
    table = rows.pivot_table(index="entity_id", columns="parameter", values="central", aggfunc="first").reindex(columns=list(INDICATORS))
    mean = table.dropna().mean(axis=1).clip(WORST, BEST)
    return {str(node).removeprefix("country:"): float((BEST - value) / (BEST - WORST)) for node, value in mean.items()}


def weighted(shares: Mapping[str, float], risk: Mapping[str, float]) -> tuple[float | None, float | None]:
    """(mean risk, sum of squared shares times risk) of a supply by country.

    Parameters
    ----------
    shares : country -> share of the supply, fractions

    Returns
    -------
    The mean over the supply whose country's risk is known, None where none is; the index, None unless all of it is.
    """
    known = {country: share for country, share in shares.items() if country in risk and share > 0}
    total = sum(known.values())
    if total <= 0:
        return None, None
    mean = sum(share * risk[country] for country, share in known.items()) / total
    whole = sum(share for share in shares.values() if share > 0)
    index = sum(share * share * risk[country] for country, share in known.items()) * FULL if total >= whole - 1e-9 else None
    return mean, index
