"""Fills docs/backtests.md from the published file: part of `make figures`.

python -m docs.backtests
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from docs.readme import fill, markdown
from graph.risk.backtest import backtests
from graph.risk.scenario import library
from graph.risk.supply import CORE
from pipelines.stack import Stack
from pipelines.warehouse import tidy

PAGE = Path(__file__).resolve().parent / "backtests.md"


def main() -> None:
    """Rewrite the two tables of the page."""
    stack = Stack.load()
    found = backtests({name: tidy(stack.sql(f"select * from core.{name}")) for name in CORE}, library())
    fill(PAGE, "<!-- results -->", "\n" + table(results(found)) + "\n\n")
    fill(PAGE, "<!-- outcomes -->", "\n" + table(outcomes(found)) + "\n\n")


def results(found: pd.DataFrame) -> pd.DataFrame:
    """What the model says of each event."""
    percent = "{:.1%}".format
    ranges = zip(found["user_lost_central"], found["user_lost_low"], found["user_lost_high"], strict=True)
    return pd.DataFrame(
        {
            "event": found["title"],
            "supply lost": found["part_lost"].map("{:.0%}".format),
            "days": found["days_out"].astype(str),
            "survives, days": found["survives_days"].map(lambda v: "a year" if pd.isna(v) else f"{v:.0f}"),
            "first user short": [
                "none" if name is None or pd.isna(name) else f"{name} on day {day:.0f}"
                for name, day in zip(found["first_short"], found["first_short_day"], strict=True)
            ],
            "worst user's year lost (range)": [f"{percent(c)} ({percent(a)} to {percent(b)})" for c, a, b in ranges],
            "accelerators lost": found["accelerators_lost_central"].map(percent),
            "tokens lost": found["tokens_lost_central"].map(percent),
        }
    )


def outcomes(found: pd.DataFrame) -> pd.DataFrame:
    """What happened, and whether the model agrees."""
    yes = {True: "loss", False: "no loss"}
    return pd.DataFrame(
        {
            "event": found["title"],
            "from": found["happened"],
            "known for, days": found["known_days"].map(lambda v: "all" if pd.isna(v) else f"{v:.0f}"),
            "model": found["model_says_loss"].map(yes),
            "happened": found["loss_happened"].map(yes),
            "verdict": found["verdict"],
            "outcome": found["outcome"],
        }
    )


def table(frame: pd.DataFrame) -> str:
    """A frame as Markdown."""
    return "\n".join(markdown([str(c) for c in frame.columns], list(frame.itertuples(index=False, name=None))))


if __name__ == "__main__":
    main()
