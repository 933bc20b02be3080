"""Reading a firm network: what is accepted, and what a wrong file is told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from graph.risk.firm_network import FirmNetwork, FirmNetworkError, firm_network, read_firm_network

FIRMS = "firm,industry,revenue\na,x,10\nb,x,5\nc,y,3\n"
LINKS = "supplier,buyer,weight\na,b,2\nb,c,3\n"
ESSENTIALITY = ",x,y\nx,2,1\ny,0,2\n"


def read(folder: Path, firms: str = FIRMS, links: str = LINKS, essentiality: str = ESSENTIALITY) -> FirmNetwork:
    for name, text in (("firms.csv", firms), ("links.csv", links), ("ess.csv", essentiality)):
        (folder / name).write_text(text, encoding="utf-8")
    return read_firm_network(folder / "firms.csv", folder / "links.csv", folder / "ess.csv")


def test_three_files_make_a_network(tmp_path: Path) -> None:
    net = read(tmp_path)
    assert (net.firms, net.industries) == (("a", "b", "c"), ("x", "y"))
    assert net.industry.tolist() == [0, 0, 1]
    assert list(zip(net.supplier, net.buyer, net.weight, strict=True)) == [(0, 1, 2.0), (1, 2, 3.0)]
    assert net.revenue is not None
    assert net.revenue.tolist() == [10, 5, 3]
    assert net.essentiality.tolist() == [[2, 1], [0, 2]]


def test_order_of_industries_blanks_empty_lines_and_a_byte_order_mark_do_not_matter(tmp_path: Path) -> None:
    net = read(
        tmp_path,
        "\ufeffindustry,firm\n x,a \n\nx,b\ny,c\n",
        "weight,note,buyer,supplier\n2,,b,a\n3,late,c,b\n0,,a,c\n",
        ",y,x\ny,2,0\nx,1,2\n",
    )
    assert net.revenue is None
    assert net.essentiality[np.ix_(net.industry, net.industry)].tolist() == [[2, 2, 1], [2, 2, 1], [0, 0, 2]]
    assert net.weight.tolist() == [2, 3, 0]


def test_frames_make_the_same_network_and_count_lines_as_files_do() -> None:
    firms = pd.DataFrame({"firm": [1, 2], "industry": [7, 7]})
    links = pd.DataFrame({"supplier": [1], "buyer": [2], "weight": [1.5]})
    essentiality = pd.DataFrame({"": [7], 7: [2]})
    assert firm_network(firms, links, essentiality).firms == ("1", "2")
    with pytest.raises(FirmNetworkError, match="links:2: column 'weight': -1 is negative"):
        firm_network(firms, links.assign(weight=-1.0), essentiality)


@pytest.mark.parametrize(
    ("what", "files"),
    [
        ("firms.csv:1: the file is empty", {"firms": ""}),
        ("firms.csv:1: column 'firm': no rows: the network is empty", {"firms": "firm,industry\n"}),
        ("links.csv:1: column 'supplier': no rows: the network is empty", {"links": "supplier,buyer,weight\n"}),
        ("links.csv:1: column 'weight': this column is missing; there are supplier, buyer", {"links": "supplier,buyer\na,b\n"}),
        ("links.csv:1: column 'weight': this column is there twice", {"links": "supplier,buyer,weight,weight\na,b,1,2\n"}),
        ("links.csv:1: column 'weight': no link has a positive weight", {"links": "supplier,buyer,weight\na,b,0\n"}),
        ("firms.csv:5: 4 cells; 3 were expected", {"firms": FIRMS + "d,x,1,1\n"}),
        ("firms.csv:2: 4 cells; 3 were expected", {"firms": "firm,industry,revenue\na,x,1,500\nb,x,1\n"}),
        ("links.csv:2: 4 cells; 3 were expected", {"links": "supplier,buyer,weight\na,b,1,500\n"}),
        ("firms.csv:[12]: no CSV: field larger than field limit", {"firms": '"' + 200_000 * "a"}),
        ("firms.csv:6: column 'firm': 'a' is also on line 2", {"firms": FIRMS + "\na,x,1\n"}),
        ("firms.csv:5: column 'firm': no id of the firm", {"firms": FIRMS + ",x,1\n"}),
        ("firms.csv:5: column 'industry': 'd' is in no industry", {"firms": FIRMS + "d,,1\n"}),
        ("firms.csv:5: column 'industry': .*ess.csv has no row and column for the industry 'z'", {"firms": FIRMS + "d,z,1\n"}),
        ("firms.csv:4: column 'industry': .*ess.csv has no row and column for the industry 'y'", {"essentiality": ",x\nx,2\ny,0\n"}),
        ("firms.csv:5: column 'revenue': 'NaN' is no finite number", {"firms": FIRMS + "d,x,NaN\n"}),
        ("firms.csv:5: column 'revenue': no number: nothing is not zero", {"firms": FIRMS + "d,x\n"}),
        ("firms.csv:2: column 'revenue': 'a' has a revenue of 10 and sells 20 to firms", {"links": "supplier,buyer,weight\na,b,20\n"}),
        ("links.csv:4: column 'weight': -1 is negative", {"links": LINKS + "a,c,-1\n"}),
        ("links.csv:4: column 'weight': 'nan' is no finite number", {"links": LINKS + "a,c,nan\n"}),
        ("links.csv:4: column 'weight': 'inf' is no finite number", {"links": LINKS + "a,c,inf\n"}),
        ("links.csv:4: column 'buyer': .*firms.csv has no firm 'q'", {"links": LINKS + "a,q,1\n"}),
        ("links.csv:4: column 'buyer': 'a' supplies itself", {"links": LINKS + "a,a,1\n"}),
        ("links.csv:5: column 'supplier': 'a' supplies 'b' on line 2 already", {"links": LINKS + "\na,b,1\n"}),
        ("ess.csv:3: column 'y': '3' is no essentiality: 0, 1 or 2 was expected", {"essentiality": ",x,y\nx,2,1\ny,0,3\n"}),
        ("ess.csv:3: column 'x': '' is no essentiality", {"essentiality": ",x,y\nx,2,1\ny,,2\n"}),
        ("ess.csv:4: column '.first.': 'x' is also on line 2", {"essentiality": ESSENTIALITY + "x,2,2\n"}),
    ],
)
def test_what_is_wrong_is_told_with_file_line_and_column(tmp_path: Path, what: str, files: dict[str, str]) -> None:
    with pytest.raises(FirmNetworkError, match=what):
        read(tmp_path, **files)


def test_every_problem_is_told_at_once_in_order(tmp_path: Path) -> None:
    with pytest.raises(FirmNetworkError) as raised:
        read(tmp_path, FIRMS + "a,x,1\nd,,-2\n", LINKS + "q,r,x\n")
    told = [(p.line, p.column) for p in raised.value.problems]
    assert told == [(5, "firm"), (6, "industry"), (6, "revenue"), (4, "weight"), (4, "supplier"), (4, "buyer")]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FirmNetworkError, match=r"nowhere\.csv:1: cannot be read: No such file"):
        read_firm_network(tmp_path / "nowhere.csv", tmp_path / "links.csv", tmp_path / "ess.csv")
