"""What follows from what is known: pure computation on tables and arrays.

Nothing here reads a file, opens a database or knows the scheduler. It takes records (`sources.records`) as
DataFrames and returns results (`graph.results`) as DataFrames, so that each method can be used on a network
that is not ours.
"""
