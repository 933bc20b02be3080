"""MLPerf: what boards were measured to do."""

from __future__ import annotations

import pandas as pd
import pytest

from sources.errors import SourceError
from sources.mlperf import loader
from sources.mlperf.records import benchmark


@pytest.fixture(scope="module")
def results() -> pd.DataFrame:
    return loader.load("mlperf_result")


@pytest.fixture(scope="module")
def datasets() -> pd.DataFrame:
    return loader.load("mlperf_dataset")


@pytest.fixture(scope="module")
def benchmarks(results: pd.DataFrame, datasets: pd.DataFrame) -> pd.DataFrame:
    return benchmark(results, datasets)


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


def test_a_mended_unit_ends_its_correction(results: pd.DataFrame, datasets: pd.DataFrame) -> None:
    with pytest.raises(SourceError, match=r"mlperf/correction\.csv:2.*drop the correction"):
        benchmark(results.assign(units="Tokens/s"), datasets)


def test_another_unit_is_not_taken_for_tokens(results: pd.DataFrame, datasets: pd.DataFrame) -> None:
    wrong = results.assign(units=results["units"].where(results["source_line"] != 2, "Samples/s"))
    with pytest.raises(SourceError, match=r"summary_results_v5_1_llm\.csv:2: column 'Performance_Units'.*'Samples/s'"):
        benchmark(wrong, datasets)


def test_an_unknown_accelerator_is_told_with_the_nearest(results: pd.DataFrame, datasets: pd.DataFrame) -> None:
    renamed = results.assign(accelerator=results["accelerator"].replace("NVIDIA GB300", "NVIDIA GB300 NVL72"))
    with pytest.raises(SourceError, match="'NVIDIA GB300 NVL72' is; nearest: NVIDIA GB300"):
        benchmark(renamed, datasets)


def test_a_model_without_a_data_set_is_an_error(results: pd.DataFrame, datasets: pd.DataFrame) -> None:
    with pytest.raises(SourceError, match="does not say how long the requests of 'deepseek-r1' are"):
        benchmark(results, datasets[datasets["model"] != "deepseek-r1"])
