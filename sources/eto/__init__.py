"""The advanced semiconductor supply chain of CSET's Emerging Technology Observatory: country shares of 2019 for its inputs.

Georgetown University, github.com/georgetown-cset/eto-supply-chain, CC BY-NC 4.0: fetched at run time, never bundled, so there is no
snapshot. What was published was collected in 2019 to 2021 and is no longer renewed.

Its shares stand beside the curated ones as evidence of how the countries stood, out of every calculation: they are older
than what is curated, and end where accelerators begin (no stacked memory, no 2.5D packaging, no power, no cooling).

Traps: names disagree between the files, ids do not: everything is joined on ids. Firms and countries are providers alike, so
that the shares of some inputs sum to 200% where the type of provider is not asked for. Shares below one percent are rounded
up to 1%, and rows may sum to more than 100%. `MAL` is Malaysia; `Various` is no country. Half of the inputs have no share
at all. The share of a country is that of the firms at home there, wherever they produce. Curly quotes are garbled.
"""
