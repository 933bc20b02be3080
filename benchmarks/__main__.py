"""How long the commands take, as whole processes, next to a trivial Dagster run of as many assets.

    make bench

Prints medians of several runs after one that is not counted, and the ratio of a full run to the trivial one. Machines
are noisy: quote ratios and medians.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STACKGRAPH = str(Path(sys.executable).parent / "stackgraph")
TRIVIAL = """
import dagster as dg, sys
def one(k):
    @dg.asset(name=f"a{{k}}")
    def nothing() -> dg.MaterializeResult:
        return dg.MaterializeResult(metadata={{"dagster/row_count": 0}})
    return nothing
assets = [one(k) for k in range({steps})]
with dg.DagsterInstance.get() as instance:
    sys.exit(0 if dg.materialize(assets, instance=instance).success else 1)
"""


def seconds(command: list[str], environment: dict[str, str]) -> float:
    """Wall seconds of one run of a command, which must succeed."""
    start = time.perf_counter()
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    return time.perf_counter() - start


def median(command: list[str], environment: dict[str, str], runs: int) -> float:
    """Median of `runs` runs after one that warms the caches."""
    seconds(command, environment)
    return statistics.median(seconds(command, environment) for _ in range(runs))


def steps() -> int:
    """Steps of a full run."""
    from pipelines.definitions import defs

    return len(defs.resolve_implicit_global_asset_job_def().nodes)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "STACKGRAPH_HOME": folder, "DAGSTER_HOME": folder, "STACKGRAPH_DAGSTER": folder}
        (Path(folder) / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
        count = steps()
        trivial = median([sys.executable, "-c", TRIVIAL.format(steps=count)], environment, 3)
        full = median([STACKGRAPH, "run"], environment, 3)
        rows = [
            (f"trivial run of {count} steps", trivial, None),
            ("stackgraph run", full, 20.0),
            ("stackgraph --help", median([STACKGRAPH, "--help"], environment, 7), 0.3),
            ("stackgraph query", median([STACKGRAPH, "query", "select count(*) from mart.supplier"], environment, 7), 0.5),
            ("stackgraph concentration", median([STACKGRAPH, "concentration"], environment, 5), None),
            ("stackgraph shock", median([STACKGRAPH, "shock", "hbm3e=+30%"], environment, 5), None),
        ]
    for name, took, target in rows:
        print(f"{name:<36} {took:7.2f} s" + (f"   target {target:g} s" if target else ""))
    print(f"{'full run over trivial run':<36} {full / trivial:7.2f}")


if __name__ == "__main__":
    main()
