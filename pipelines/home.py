"""Where a run keeps its files: one folder, ignored by git.

    var/warehouse.duckdb                    the pipeline's own database
    var/published/stackgraph.duckdb         link to the newest published version: what users open
    var/published/stackgraph-<version>.duckdb
    var/published/graph.graphml             the graph of that version
    var/vintages/<source>/                  the bytes of every fetch that brought something new
    var/dagster/                            all state of the Dagster instance
    var/as-of/<day>/, var/overlay/<name>/   the same for a state of the past, and for your own facts (README.txt says whose);
                                            nothing else needs them: they may be deleted

`STACKGRAPH_HOME` names another folder, `STACKGRAPH_AS_OF` a day of the past, `STACKGRAPH_OVERLAY` a folder of your own facts.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
ENVIRONMENT = "STACKGRAPH_HOME"
VINTAGES = "STACKGRAPH_VINTAGES"
AS_OF = "STACKGRAPH_AS_OF"
OVERLAY = "STACKGRAPH_OVERLAY"


@dataclass(frozen=True)
class Home:
    """The folder of one stackgraph."""

    root: Path

    @property
    def warehouse(self) -> Path:
        return self.root / "warehouse.duckdb"

    @property
    def published_folder(self) -> Path:
        return self.root / "published"

    @property
    def published(self) -> Path:
        return self.published_folder / "stackgraph.duckdb"

    @property
    def graphml(self) -> Path:
        return self.published_folder / "graph.graphml"

    @property
    def dagster(self) -> Path:
        return self.root / "dagster"

    @property
    def vintages(self) -> Path:
        """Shared by all states of one stackgraph."""
        given = os.environ.get(VINTAGES)
        return Path(given) if given else self.root / "vintages"

    def of_day(self, day: str) -> Home:
        """Where the state of a past day is rebuilt."""
        return Home(self.root / "as-of" / day)

    def of_overlay(self, folder: Path) -> Home:
        """Where the public facts with an overlay's are kept: never where the public ones are."""
        whole = folder.expanduser().resolve()
        return Home(self.root / "overlay" / f"{whole.name}-{hashlib.sha256(str(whole).encode()).hexdigest()[:8]}")


def is_beside() -> bool:
    """Whether this run is of a state beside the public one of today: of a past day, or with your own facts."""
    return any(os.environ.get(name) for name in (AS_OF, OVERLAY))


def home() -> Home:
    """The folder named by STACKGRAPH_HOME, or var/ in the repository."""
    given = os.environ.get(ENVIRONMENT)
    return Home(Path(given).expanduser().resolve() if given else REPOSITORY / "var")
