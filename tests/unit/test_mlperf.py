"""MLPerf: what boards were measured to do."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from sources.errors import SourceError
from sources.frames import rows_of
from sources.mlperf.connector import TABLES, parse
from sources.mlperf.declarations import AcceleratorName, Dataset, Result
from sources.mlperf.records import HERE, benchmark
from sources.review import collecting
from sources.tabular import empty, parse_csv, read_csv

SYNTHETIC = Path(__file__).resolve().parents[1] / "payloads" / "mlperf" / "synthetic_summary_results_v6.0.json"
ROUND = "summary_results_v6.0.json"


@pytest.fixture(scope="module")
def results() -> pd.DataFrame:
    return read_csv(HERE / "snapshot" / f"{Result.table}.csv", TABLES[Result.table])


@pytest.fixture(scope="module")
def datasets() -> pd.DataFrame:
    return read_csv(HERE / "dataset_tokens.csv", Dataset)


@pytest.fixture(scope="module")
def benchmarks(results: pd.DataFrame) -> pd.DataFrame:
    return benchmark(results)


def test_every_measured_row_has_a_model_and_lengths(results: pd.DataFrame, benchmarks: pd.DataFrame) -> None:
    assert len(benchmarks) == len(results)
    assert benchmarks[["model_id", "input_tokens", "output_tokens", "throughput_tok_s", "precision_bits"]].notna().all(axis=None)
    assert benchmarks["benchmark_id"].is_unique


def test_accelerators_are_counted_over_all_nodes(results: pd.DataFrame, benchmarks: pd.DataFrame) -> None:
    largest = results[(results["accelerator"] == "NVIDIA GB200") & (results["nodes"] == 18)].iloc[0]
    rows = benchmarks[benchmarks["source_line"] == largest["source_line"]]
    assert rows["accelerators"].tolist() == [72]
    assert rows["board_id"].tolist() == ["gb200"]


def test_processors_are_not_accelerators(benchmarks: pd.DataFrame) -> None:
    without = benchmarks[benchmarks["accelerator"].isna()]
    assert len(without)
    assert without["accelerators"].isna().all()
    assert without["board_id"].isna().all()


def test_a_mixture_of_boards_is_no_board(benchmarks: pd.DataFrame) -> None:
    mixed = benchmarks[benchmarks["accelerator"].str.contains("MI300X.*MI325X|MI325X.*MI300X", regex=True, na=False)]
    assert len(mixed)
    assert mixed["board_id"].isna().all()


def test_what_stands_in_for_another_accelerator_is_no_measurement_of_it(benchmarks: pd.DataFrame) -> None:
    """A card, a virtual machine and a mixture are bounded by a board, and none of them is that board."""
    standing_in = benchmarks[benchmarks["bound_board_id"].notna()]
    assert standing_in["board_id"].isna().all()
    assert standing_in["bound_note"].str.startswith("held against ").all()
    assert standing_in.groupby("bound_board_id").size().to_dict() == {"h200": 27, "mi325x": 8}


def test_a_mixture_is_counted_whole(benchmarks: pd.DataFrame) -> None:
    """Its bound is that of as many boards as are named: 32 and 16, or 16 and 8."""
    mixed = benchmarks[benchmarks["bound_board_id"] == "mi325x"]
    named = mixed["accelerator"].str.extractall(r"\(x(\d+)\)")[0].astype(float).groupby(level=0).sum()
    assert mixed["accelerators"].tolist() == named.tolist()


def test_what_has_no_board_and_no_bound_says_why(benchmarks: pd.DataFrame) -> None:
    nothing = benchmarks[benchmarks["board_id"].isna() & benchmarks["bound_board_id"].isna()]
    assert nothing["bound_note"].str.startswith("no ").all()
    assert nothing["accelerator"].fillna("none").value_counts().to_dict() == {
        "none": 12,
        "NVIDIA RTX PRO 6000 Blackwell Server Edition": 9,
        "[MAXSUN] MS-Intel Arc Pro B60 Dual 48G Turbo": 6,
        "NVIDIA L40S": 2,
    }


@pytest.mark.parametrize(
    ("row", "told"),
    [("Some card,,,", "say why the bound of another holds"), ("Some card,h100,h200,faster", "the board 'h100', whose own bound holds")],
)
def test_an_accelerator_is_a_board_or_says_why_not(row: str, told: str) -> None:
    with pytest.raises(SourceError, match=told):
        parse_csv(f"accelerator,board_id,bound_board_id,why\n{row}\n".encode(), AcceleratorName, "accelerator.csv")


def test_one_run_entered_at_two_accuracies_counts_once(benchmarks: pd.DataFrame) -> None:
    current = benchmarks[(benchmarks["status"] == "current") & (benchmarks["model_id"] == "llama_2_70b")]
    entry = current["locator"].str.split(",").str[0]
    assert not pd.concat([entry, current["scenario"]], axis=1).duplicated().any()


def test_an_interactive_rate_is_below_the_offline_rate_of_its_system(benchmarks: pd.DataFrame) -> None:
    small = benchmarks[benchmarks["model_id"] == "llama_3_1_8b"].assign(entry=lambda b: b["locator"].str.split(",").str[0])
    rates = small.pivot_table(index="entry", columns="scenario", values="throughput_tok_s").dropna(subset=["interactive"])
    assert (rates["interactive"] < rates["offline"]).all()


def test_no_board_passes_its_operations_per_second(benchmarks: pd.DataFrame) -> None:
    """Two operations a weight and token: 70 billion weights at 989 dense TFLOP/s (fp8: twice that)."""
    h100 = benchmarks[(benchmarks["board_id"] == "h100") & (benchmarks["model_id"] == "llama_2_70b")]
    assert (h100["throughput_tok_s"] / h100["accelerators"] < 1979e12 / (2 * 70e9)).all()


def test_a_mended_unit_ends_its_correction(results: pd.DataFrame) -> None:
    with pytest.raises(SourceError, match=r"mlperf/correction\.csv:2.*drop the correction"):
        benchmark(results.assign(units="Tokens/s"))


def test_another_unit_is_not_taken_for_tokens(results: pd.DataFrame) -> None:
    wrong = results.assign(units=results["units"].where(results["source_line"] != 2, "Samples/s"))
    with pytest.raises(SourceError, match=r"mlperf_result\.csv:2: column 'Performance_Units'.*'Samples/s'"):
        benchmark(wrong)


def test_an_unknown_accelerator_is_told_with_the_nearest(results: pd.DataFrame) -> None:
    renamed = results.assign(accelerator=results["accelerator"].replace("NVIDIA GB300", "NVIDIA GB300 NVL72"))
    with pytest.raises(SourceError, match="'NVIDIA GB300 NVL72' is; nearest: NVIDIA GB300"):
        benchmark(renamed)


def test_a_model_without_a_data_set_is_an_error(results: pd.DataFrame, datasets: pd.DataFrame) -> None:
    with pytest.raises(SourceError, match="does not say how long the requests of 'deepseek-r1' are"):
        benchmark(results, datasets[datasets["model"] != "deepseek-r1"])


# --- the files of the rounds


def changed(old: str, new: str) -> dict[str, bytes]:
    text = SYNTHETIC.read_text(encoding="utf-8")
    assert old in text
    return {ROUND: text.replace(old, new, 1).encode()}


@pytest.mark.shared
def test_the_snapshot_is_what_is_read_of_round_5_1(results: pd.DataFrame, shared: Path) -> None:
    published = (shared / "payloads" / "mlperf" / "summary_results_v5.1.json").read_bytes()
    parsed = parse({"summary_results_v5.1.json": published})[Result.table]
    columns = list(Result.model_fields)
    assert rows_of(parsed[columns]) == rows_of(results[columns])


def test_language_models_on_servers_in_the_closed_division_are_read() -> None:
    rows = parse({ROUND: SYNTHETIC.read_bytes()})[Result.table]
    assert rows["id"].tolist() == ["6.0-0001", "6.0-0001", "6.0-0002", "6.0-0006", "6.0-0007"]
    assert rows["source_line"].tolist() == [1, 2, 3, 7, 8]


def test_a_round_may_count_accelerators_over_all_nodes() -> None:
    rows = parse({ROUND: SYNTHETIC.read_bytes()})[Result.table].iloc[:3]
    with pytest.raises(SourceError, match="correction"):  # those of round 5.1 meet no row
        benchmark(rows)
    both = pd.concat([read_csv(HERE / "snapshot" / f"{Result.table}.csv", Result), rows], ignore_index=True)
    new = benchmark(both).iloc[-3:]
    assert new["accelerators"].tolist()[:2] == [8, 72]
    assert pd.isna(new["accelerators"].iloc[2])
    assert set(new["as_of"]) == {"2026-04-01"}


def test_rows_with_new_words_await_review(results: pd.DataFrame) -> None:
    rows = pd.concat([results, parse({ROUND: SYNTHETIC.read_bytes()})[Result.table]], ignore_index=True)
    with collecting() as questions:
        known = benchmark(rows)
    assert len(known) == len(rows) - 2
    assert [(q.column, q.word) for q in questions] == [("Accelerator", "Example chip 9000"), ("weight_data_types", "mxfp4")]


def test_a_source_without_a_vintage_has_no_benchmarks() -> None:
    assert benchmark(empty(Result)).empty


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"Submitter"', '"Organization"', r"v6\.0\.json:1: column 'Organization': unknown column"),
        ('"Nodes": 2', '"Nodes": "two"', r"v6\.0\.json:1: column 'Nodes': .*'two'"),
        ('"Performance_Result": 1000.5', '"Performance_Result": 0', r"column 'Performance_Result'.*greater than 0"),
        ("[", '{"results": [', r"not well-formed JSON"),
        ("{", "[{", r"not well-formed JSON"),
    ],
)
def test_a_changed_file_is_refused_at_its_place(old: str, new: str, told: str) -> None:
    with pytest.raises(SourceError, match=told):
        parse(changed(old, new))
