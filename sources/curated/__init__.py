"""Curated facts: what no feed publishes, read by people, one row a fact, one folder a domain of the stack.

Shares of supply, requirements, prices, boards, sites, contracts and the behaviour of the harness, each with the
publication it was read in, its date, range and grade. `source.yml` says how to cite it and what a plausible
size is. To add a fact, add a row; `python -m sources.validate` says at once whether it holds together.
"""
