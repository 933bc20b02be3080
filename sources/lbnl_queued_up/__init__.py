"""Queued Up: all interconnection queues of the United States, one row a request, gathered and cleaned once a year.

Lawrence Berkeley National Laboratory, with Interconnection.fyi and GridTracker; data file CC BY 4.0 (attribution).
The file of the 2026 edition (requests through 2025) has 38,201 requests of seven ISOs and about fifty other areas, 98% of
US capacity, in one of its 43 sheets. It is too large to bundle and no part of it gives the same sums, so that there is no
snapshot: the file is fetched by each user.

Traps: the header is the second row. Headings changed with the 2026 edition (`mw1` became `mw_1`, `IA_status_clean` became
`IA_phase_clean`); dates were Excel serial numbers before it and are dates since. Up to three technologies a request, each
with its MW; an empty MW of a second one is unknown, not zero, and the report's totals put an estimate there that the
file does not have, so that the file's storage sums to less. MW may be negative (the change of an existing plant). Nine
queue numbers were taken for dates. Ten rows have the status 'unknown'; the codebook does not know it. 'NA' is empty. Loads
are not in it. The year of the edition stands on its first sheet only. The publisher's pages refuse programs; the address
of the file itself does not, and changes with each edition: `connector.URL` has to be renewed once a year.
"""
