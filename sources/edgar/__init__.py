"""Facts of companies' own filings: inventories, cost of revenue, revenue, gross profit, purchase commitments.

U.S. Securities and Exchange Commission, XBRL company facts, data.sec.gov/api/xbrl/companyfacts, public domain. One file
a company, for the companies whose CIK stands in `curated/organisations/identifier.csv`; of its concepts only those that
`concept.csv` names. The service wants a User-Agent with a contact (`SEC_USER_AGENT`) and at most ten requests a second.

Traps: one period comes again in every filing that shows it for comparison, and later filings restate it: the latest
filing counts. `fy` and `fp` are the year and quarter of the filing, not of the figure; only `start` and `end` say what a
figure covers. Nobody files a fourth quarter: it is the year less nine months. Fiscal years have 52 or 53 weeks and end on
any day. A filer changes its concept for the same line over time (NVIDIA's revenue: two concepts), and some stop giving a
total when they begin to split a figure by category: company facts have totals only, so the last total stays there for
ever (NVIDIA's purchase obligations end in July 2025). Proxy statements carry figures too, some adjusted. TSMC and other
foreign filers use the IFRS taxonomy, ASML the American one in euros; TSMC adds a translation into dollars of the newest
year alone. Units such as `USD/shares` under a money concept are filers' mistakes and are passed over.

The snapshot holds facts of NVIDIA, Microsoft, Alphabet and Intel as the service gave them in 2026, read in public copies: the
test data of the package edgar-ratios 2.0.0 (annual filings of the first three), and for NVIDIA's quarters and Intel the files
tests/fixtures/companyfacts_NVDA.json and companyfacts_INTC.json of the repository ciopialex/Aethelark-Trade, of Intel up to the
filing of 24 July 2026. Of each period it keeps the latest filing. Intel's inventories were not in the part of its file that was read.
"""
