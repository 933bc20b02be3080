"""Sites of several lists into one row for each place.

The lists are read in order: a list's empty fields are filled from those after it, so that what Epoch publishes stands
and the curated rows add cooling, grid region and whatever else Epoch leaves open. Notes are joined, since each explains
its own fields. That a cluster is a data center of the other list is settled before, in the cluster's own folder.
"""

from __future__ import annotations

import pandas as pd


def merge_sites(data_centers: pd.DataFrame, clusters: pd.DataFrame, curated: pd.DataFrame) -> pd.DataFrame:
    """One row for each site_id; its place (file and line) is that of the first list that has it.

    Parameters
    ----------
    data_centers, clusters, curated : DataFrame
        Rows of core.site with source_file and source_line, each site once in a list.
    """
    published = pd.concat([data_centers.astype(object), clusters.astype(object)], ignore_index=True)
    known = curated["site_id"].isin(published["site_id"])
    rows = pd.concat([published, curated[known].astype(object)], ignore_index=True)
    merged = rows.groupby("site_id", sort=False).first().reset_index()
    notes = rows.dropna(subset=["note"]).groupby("site_id", sort=False)["note"].agg(" ".join)
    merged["note"] = merged["site_id"].map(notes)
    return pd.concat([merged, curated[~known].astype(object)], ignore_index=True)[list(data_centers.columns)]
