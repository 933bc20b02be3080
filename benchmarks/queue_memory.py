"""What a queue of a million requests takes: memory and seconds of parsing it, and of its statistics.

    python -m benchmarks.queue_memory [requests]

Makes a synthetic file in SPP's format in a temporary folder, reads it in a process of its own, and prints that process's
peak memory (resident, with interpreter and libraries) and seconds. Target: under 1 GB for a million requests.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUESTS = 1_000_000
HEADER = (
    "Generation Interconnection Number,IFS Queue Number,Current Cluster,Cluster Group, Nearest Town or County,State,TO at POI,"
    "In-Service Date,Commercial Operation Date,Cessation Date,Original Generator Commercial Op Date,Capacity,MAX Summer MW,"
    "MAX Winter MW,Service Type,Requested Maximum Injection Capability (MW),Requested Network Resource Deliverability (MW),"
    "Nameplate Capacity,Generation Type,Fuel Type,Substation or Line,Request Received,Date Withdrawn,Status,JTIQ Participant,"
    "JTIQ Commitment,Cause of Delay"
)
STATUSES = ("DISIS STAGE", "WITHDRAWN", "IA FULLY EXECUTED/COMMERCIAL OPERATION", "IA FULLY EXECUTED/ON SCHEDULE", "WITHDRAWN")
PLANTS = (("Wind", "Wind"), ("Solar", "Photovoltaic"), ("Battery/Storage", ""), ("Thermal", "Combined Cycle"), ("Hybrid", "Solar/Storage"))


def write(path: Path, requests: int) -> None:
    """A synthetic queue, the same at each call."""
    with path.open("w", encoding="utf-8", newline="\r\n") as file:
        file.write(f'"Last Updated On",11/25/2026,\n{HEADER}\n')
        for n in range(requests):
            asked = date(2001, 1, 1) + timedelta(days=n % 9000)
            done = asked + timedelta(days=900 + n % 1500)
            status, (plant, fuel) = STATUSES[n % 5], PLANTS[n % 7 % 5]
            left = f"{done.month}/{done.day}/{done.year}"
            file.write(
                f'"GEN-{asked.year}-{n:07}","IFS-{n:07}","DISIS-{asked.year}-00{n % 3}","GROUP {n % 9}","County {n % 1800}","KS","OWNER {n % 40}",'
                f'"{left}","{left}",,,"{n % 900}.{n % 10}","{n % 900}","{n % 900}","ER/NR","0","0","0","{plant}","{fuel}",'
                f'"Substation {n % 5000} 345 Line","{asked.month}/{asked.day}/{asked.year}",{left if status == "WITHDRAWN" else ""},'
                f'"{status}","","",""\n'
            )


def read(path: Path) -> None:
    """Parse the file and compute its statistics; print what it took. Run in a process of its own."""
    from sources.connector import Reading
    from sources.iso_queues import connector, records
    from sources.tabular import empty

    def spent() -> float:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    before, start = spent(), time.perf_counter()
    rows = connector.spp(path.read_bytes())
    parsed, parsed_at = spent(), time.perf_counter()
    tables = {name: empty(record) for name, record in connector.TABLES.items()} | {"iso_queues_spp": rows}
    found = records.queue_entry(Reading(tables, "2026-11-26"))
    done = time.perf_counter()
    print(f"{'requests':<24}{len(rows):>12,}")
    print(f"{'size of the file':<24}{path.stat().st_size / 2**20:>12,.0f} MB")
    print(f"{'peak before parsing':<24}{before:>12,.0f} MB")
    print(f"{'peak after parsing':<24}{parsed:>12,.0f} MB   target 1,000 MB")
    print(f"{'peak after statistics':<24}{spent():>12,.0f} MB")
    print(f"{'the table itself':<24}{rows.memory_usage(deep=True).sum() / 2**20:>12,.0f} MB")
    print(f"{'parsing':<24}{parsed_at - start:>12,.1f} s")
    print(f"{'statistics':<24}{done - parsed_at:>12,.1f} s   {len(found)} figures")


def main() -> None:
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else REQUESTS
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "synthetic_spp.csv"
        write(path, requests)
        code = f"from pathlib import Path; from benchmarks.queue_memory import read; read(Path({str(path)!r}))"
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
