"""MLPerf Inference: throughput of language models on servers, measured by their makers and reviewed by the others.

MLCommons, results of round 5.1 (closed division, data centre), Apache-2.0, with the key names of the published
`summary_results.json`; only the rows of language models whose result is a rate of tokens. `dataset_tokens.csv` has the
mean lengths of the benchmarks' data sets, which the results do not carry.

Traps: tokens are output tokens. Accelerators are `a#` on each of `Nodes`; rows without accelerators ran on processors.
`llama2-70b-99` and `-99.9` are mostly one run entered twice. Some rows carry the wrong unit (`correction.csv`). Some
systems mix two kinds of accelerator (`accelerator.csv` leaves them without a board). Nobody enters TPU, Trainium, Groq
or Cerebras. DeepSeek-R1 has the architecture of DeepSeek-V3 and is counted as that model.
"""
