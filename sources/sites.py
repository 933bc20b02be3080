"""Sites of several lists into one row for each place.

The lists are read in order: a list's empty fields are filled from those after it, so that what Epoch publishes stands
and the curated rows add cooling, grid region and whatever else Epoch leaves open. Notes are joined, since each explains
its own fields. That a cluster is a data center of the other list is settled before, in the cluster's own folder.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd


def merge_sites(lists: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """One row for each site_id, in the order in which they first appear.

    Parameters
    ----------
    lists : rows of core.site, each site once in a list; a list's fields go before those of the lists after it
    """
    rows = pd.concat([frame.astype(object) for frame in lists if len(frame)], ignore_index=True)
    merged = rows.groupby("site_id", sort=False).first().reset_index()
    notes = rows.dropna(subset=["note"]).groupby("site_id", sort=False)["note"].agg(" ".join)
    merged["note"] = merged["site_id"].map(notes).astype(object)
    return merged.astype(object).where(merged.notna(), None)[list(rows.columns)]
