"""Check the sources without a run: `python -m sources.validate`.

Reads every file the repository ships, assembles every core table in memory, and prints each problem with file, line and
column. Exit code 1 where there is any. It is what a run does first, in two seconds, for somebody adding facts.
"""

from __future__ import annotations

import sys

from sources import catalog, registry
from sources.reading import shipped


def main() -> int:
    """Print every problem; 1 where there is any."""
    made, _ = catalog.assemble([shipped(source) for source in registry.folders()])
    if not made.problems:
        print(", ".join(f"{name} {len(frame)}" for name, frame in made.tables.items()))
    for problem in made.problems:
        print(problem, file=sys.stderr)
    return 1 if made.problems else 0


if __name__ == "__main__":
    sys.exit(main())
