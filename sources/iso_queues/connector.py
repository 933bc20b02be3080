"""The three operators' files, fetched and read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from sources import jsondata
from sources.columns import Table
from sources.connector import Files, Get
from sources.errors import Problem, SourceError
from sources.expected import check_words
from sources.iso_queues import nyiso
from sources.iso_queues.declarations import DATA_CENTRES, IN_SERVICE, Miso, Nyiso, NyisoLoad, Spp
from sources.tabular import check_headings, parse_csv, validated

MISO, SPP, NYISO = "miso.json", "spp.csv", "nyiso.xlsx"
URLS = {
    MISO: "https://www.misoenergy.org/api/giqueue/getprojects",
    SPP: "https://opsportal.spp.org/Studies/GenerateSummaryCSV",
    NYISO: "https://www.nyiso.com/documents/20142/1407078/NYISO-Interconnection-Queue.xlsx",
}
TABLES: dict[str, type[Table]] = {record.table: record for record in (Miso, Spp, Nyiso, NyisoLoad)}

IGNORED_MISO = (
    "id",  # a second key, of the operator's database
    "negInService", "giaToExec", "doneDate",  # plans and steps of the agreement, not operation
    "studyCycle", "studyGroup", "sisPhase1", "svcType",  # which study, and which kind of service
    "dp1ErisMw", "dp1NrisMw", "dp2ErisMw", "dp2NrisMw",  # results of studies, on two in five rows
)  # fmt: skip
IGNORED_SPP = (
    "IFS Queue Number", "Current Cluster", "Cluster Group", "Service Type", "TO at POI",  # which study, service and utility
    " Nearest Town or County", "Nearest Town or County",  # towns and counties mixed
    "In-Service Date", "Cessation Date",  # plans, and the end of a plant
    "Original Generator Commercial Op Date", "Replacement Generator Commercial Op Date",  # of the plant that is replaced
    "Requested Maximum Injection Capability (MW)", "Requested Network Resource Deliverability (MW)",  # rights, not plants
    "Nameplate Capacity",  # zero on most rows
    "JTIQ Participant", "JTIQ Commitment", "Cause of Delay",  # who pays for lines, and remarks
)  # fmt: skip
IGNORED = {Miso.table: IGNORED_MISO, Spp.table: IGNORED_SPP, **nyiso.IGNORED}
PREAMBLE = b"Last Updated On"


def fetch(get: Get) -> None:
    """Three requests, without a key. Each answer is the whole list: none of the addresses has pages."""
    get(MISO, URLS[MISO], kind="json")
    get(SPP, URLS[SPP], kind="csv")
    get(NYISO, URLS[NYISO], kind="xlsx")


def parse(files: Files) -> dict[str, pd.DataFrame]:
    """The raw tables; SourceError where a file is absent, cut short, or not what it was."""
    for name in URLS:
        if name not in files:
            raise SourceError([Problem(name, 1, "-", f"this file is missing; the vintage has {', '.join(files) or 'none'}")])
    tables = {
        Miso.table: miso(files[MISO]),
        Spp.table: spp(files[SPP]),
        **nyiso.parse(files[NYISO], NYISO),
    }
    check_words(tables[Miso.table]["post_gia_status"].unique(), (IN_SERVICE,), MISO, "postGIAStatus")
    uses = set(tables[NyisoLoad.table]["end_use"].dropna())
    if uses and not uses & set(DATA_CENTRES):
        what = (
            f"no load says {', '.join(DATA_CENTRES)}, its codes for data centres: were they renamed? They say {', '.join(sorted(uses)[:9])}"
        )
        raise SourceError([Problem(f"{NYISO}[{nyiso.LOADS}]", 1, "End-Use", what)])
    return tables


def miso(payload: bytes) -> pd.DataFrame:
    """One entry of the array a request; its number in the array, from 1, is its line."""
    projects = jsondata.entries(jsondata.loaded(payload, MISO), "", MISO)
    if not projects:
        raise SourceError([Problem(MISO, 1, "-", "expected the queue's projects here, found none")])
    headings: dict[str, int] = {}
    for number, project in enumerate(projects, start=1):
        if not isinstance(project, dict):
            what = f"expected a project with its properties here, found {type(project).__name__}"
            raise SourceError([Problem(MISO, number, "-", what)])
        for heading in project:
            headings.setdefault(heading, number)
    check_headings(list(headings), Miso, MISO, IGNORED_MISO)
    return validated(_projects(projects), Miso, MISO, payload)


def _projects(projects: list[dict[str, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, project in enumerate(projects, start=1):
        cells = {name: value.strip() if isinstance(value, str) else value for name, value in project.items()}
        yield number, {name: None if value == "" else value for name, value in cells.items() if name not in IGNORED_MISO}


def spp(payload: bytes) -> pd.DataFrame:
    """The header is the second line; the first is the day of the last update."""
    first = payload[:200].split(b"\n", 1)[0].removeprefix(b"\xef\xbb\xbf").lstrip(b'" ')
    if not first.startswith(PREAMBLE):
        what = f"expected {PREAMBLE.decode()!r} and a date above the header, found {first[:60].decode('ascii', 'replace')!r}"
        raise SourceError([Problem(SPP, 1, "-", what)])
    return parse_csv(payload, Spp, SPP, ignored=IGNORED_SPP, preamble=1)
