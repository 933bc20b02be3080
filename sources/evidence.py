"""Of several figures for one thing, which one is used: a rule, and the name of the reason in the row.

Inside one collection (the curated facts, say) a person has chosen, by the same rule, and says so where not. Between
collections the rule is applied here: your own figure before any public one, the better grade, then the newer figure, then
the live source. The others stay beside it as `conflicting`.
"""

from __future__ import annotations

import pandas as pd

from sources.records import GRADES

OVERLAY = "overlay"
CURATED = "curated"
REVIEWED = "reviewed: the better grade, then the newer figure"
YOURS = "your own figure, before any public one"


def choose(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """The rows with one collection's rows current for each key, and the column `chosen_by`.

    Parameters
    ----------
    frame : rows with `collection`, `status`, `grade`, `as_of` and the keys; those of one collection with the same key are
        one set (the countries that make an item, say) and are chosen or passed over together

    Returns
    -------
    DataFrame
        `status` is 'conflicting' for the rows of sets that were not chosen; `chosen_by` says why the current rows are, where
        there was a choice, and is None where there was none.
    """
    frame = frame.assign(chosen_by=None)
    if frame.empty:
        return frame
    current = frame[frame["status"] == "current"]
    others = frame[frame["status"] == "conflicting"]
    contested = set(map(tuple, others[keys].to_numpy(dtype=object).tolist()))
    key = pd.Series(list(map(tuple, current[keys].to_numpy(dtype=object).tolist())), index=current.index)
    mixed = current.groupby(key)["collection"].nunique()
    chosen_by = pd.Series(None, index=frame.index, dtype=object)
    is_contested = key.isin(contested)
    chosen_by[key.index[is_contested]] = REVIEWED
    chosen_by[key.index[is_contested & (current["collection"] == OVERLAY)]] = YOURS
    status = frame["status"].copy()
    for k in mixed.index[mixed > 1]:
        rows = current[key == k]
        sets = sorted((_rank(group), str(name)) for name, group in rows.groupby("collection"))
        (best, winner), (second, _) = sets[0], sets[1]
        is_winner = rows["collection"] == winner
        status[rows.index[~is_winner]] = "conflicting"
        chosen_by[rows.index[~is_winner]] = None
        chosen_by[rows.index[is_winner]] = _reason(best, second)
    return frame.assign(status=status, chosen_by=chosen_by)


Rank = tuple[int, int, int, int]
"""Smaller is better: not an overlay, weakest grade of the set, age of its newest figure, curated rather than live."""


def _rank(rows: pd.DataFrame) -> Rank:
    collection = str(rows["collection"].iloc[0])
    newest = str(rows["as_of"].max())
    date = [int(part) for part in (newest.split("-") + ["12", "31"][len(newest.split("-")) - 1 :])[:3]]
    return (
        int(collection != OVERLAY),
        int(rows["grade"].map(GRADES.index).max()),
        -(date[0] * 10_000 + date[1] * 100 + date[2]),
        int(collection == CURATED),
    )


def _reason(best: Rank, second: Rank) -> str:
    if best[0] != second[0]:
        return YOURS
    if best[1] != second[1]:
        return f"better grade: {GRADES[best[1]]} before {GRADES[second[1]]}"
    if best[2] != second[2]:
        return "the same grade and newer"
    return "the same grade and date: the live source"
