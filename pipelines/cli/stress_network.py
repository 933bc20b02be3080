"""`stackgraph stress --network FILE`: time to survive each node of a network of yours, by the linear programme."""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipelines.cli.errors import Unusable
from pipelines.cli.output import say, show_most

COLUMNS = ["node", "ttr_days", "tts_days", "exposed", "lost_margin", "lost_units"]


def show_network(file: Path, limit: int, format: str) -> None:
    """Each node of `ttr` lost for as long as it takes to recover: the least lost margin and units, and how long demand is met in full."""
    from graph.risk.time_to_survive import NetworkError, read_network, survive

    data = read(file)
    times = data.get("ttr")
    if not isinstance(times, Mapping) or not times:
        raise Unusable(f"{file}: ttr: expected node -> days until it works again, such as {{'m': 14}}, got {times!r}")
    try:
        network = read_network(data)
        found = [survive(network, node, days) for node, days in times.items()]
    except NetworkError as error:
        raise Unusable(f"{file}: {error}") from None
    found.sort(key=lambda one: (-one.lost_margin, one.disrupted))
    if format == "json":
        keys = (*COLUMNS[:-1], "lost_units")
        rows = [(*one.disrupted, one.ttr, days(one.tts), one.exposed, one.lost_margin, one.lost_units) for one in found]
        json.dump([dict(zip(keys, row, strict=True)) for row in rows], sys.stdout, ensure_ascii=False, indent=1)
        print()
        return
    exposed = sum(one.exposed for one in found)
    if format == "table":
        say(f"{exposed} of {len(found)} nodes are exposed: they take longer to recover (ttr) than demand can be met without them (tts)")
    table = [(*one.disrupted, one.ttr, days(one.tts), one.exposed, one.lost_margin, sum(one.lost_units.values())) for one in found]
    show_most(COLUMNS, table, format, limit)


def days(value: float) -> float | None:
    """Days; nothing where demand is met for ever."""
    return value if math.isfinite(value) else None


def read(file: Path) -> Mapping[str, Any]:
    """The network of a JSON file: the whole of it, or what stands under 'network'."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
        data = json.loads(text)
    except UnicodeDecodeError as error:
        raise Unusable(f"{file}: byte {error.start}: not UTF-8 text") from None
    except json.JSONDecodeError as error:
        raise Unusable(f"{file}:{error.lineno}: column {error.colno}: not well-formed JSON: {error.msg}") from None
    except RecursionError:
        raise Unusable(f"{file}: nested too deeply for a network") from None
    if twice := repeated(text):
        name, first, again = twice
        raise Unusable(
            f"{file}:{again}: {name!r} is given twice in one object, first in line {first}: only the last would count; expected each name once"
        )
    if isinstance(data, Mapping) and isinstance(data.get("network"), Mapping):
        data = data["network"]
    if not isinstance(data, Mapping):
        raise Unusable(f"{file}: expected an object with products, nodes, edges, makes, bom and ttr, got a {type(data).__name__}")
    return data


PIECE = re.compile(r'("(?:[^"\\]|\\.)*")(\s*:)?|[{}]')


def repeated(text: str) -> tuple[str, int, int] | None:
    """The first name that an object of a well-formed JSON text gives twice, with the lines of both: the reader would keep the last."""
    within: list[dict[str, int]] = []
    for piece in PIECE.finditer(text):
        if piece[0] == "{":
            within.append({})
        elif piece[0] == "}":
            within.pop()
        elif piece[2]:
            name, line = json.loads(piece[1]), text.count("\n", 0, piece.start()) + 1
            if name in within[-1]:
                return name, within[-1][name], line
            within[-1][name] = line
    return None
