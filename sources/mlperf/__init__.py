"""MLPerf Inference: throughput of language models on servers, measured by their makers and reviewed by the others.

MLCommons, results of the rounds 5.1 and 6.0 (closed division, data centre), Apache-2.0, from the `summary_results.json` of
each round's repository. The snapshot is what `connector.parse` makes of round 5.1: 382 of its 1,448 rows. Beside it lie the
mean lengths of the benchmarks' data sets (`dataset_tokens.csv`), which the results do not carry.

Traps: tokens are output tokens. Accelerators are `a#` on each of `Nodes`, or `Total Accelerators` where a round has that; rows
without accelerators ran on processors. `llama2-70b-99` and `-99.9` are mostly one run entered twice. Some rows carry the
wrong unit (`correction.csv`). Some systems mix two kinds of accelerator (`accelerator.csv` leaves them without a board). An
accelerator that is none of our boards is held against the bound of a board that is in nothing slower or smaller
(`bound_board_id`), and is no measurement of that board; where there is none, `why` says so. Nobody enters TPU, Trainium, Groq or
Cerebras. DeepSeek-R1 has the architecture of DeepSeek-V3 and is counted as that model.
Round 6.1 has a `summary.csv` of other columns, without ids, in place of the JSON file, and is not read.
"""
