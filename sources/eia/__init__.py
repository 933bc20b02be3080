"""What electricity costs industry and commerce in each state of the USA, month by month.

U.S. Energy Information Administration, api.eia.gov/v2/electricity/retail-sales, public domain; a free key in EIA_API_KEY.
Average revenue per kilowatt-hour of form EIA-861M, two to three months behind; months of the last year are revised.

The snapshot holds the twelve months of 2025 for the fifty states and the District of Columbia; the USA as a whole is not in it.
Its prices are those of the API on 16 September 2026, as kept in data/raw/eia861m_retail_sales_2016_2025.csv of the public repository
ahmaddshbg-blip/eia861m-electricity-market-monitor; EIA's figures are in the public domain, to be used with acknowledgement.
That copy has revenue and sales too, and was checked with them: each of the 1,224 prices is revenue over sales to the second
decimal; the year's sales of fourteen states in both sectors are those of table 5.4.B of the Electric Power Monthly (24 February 2026)
to the thousand MWh; April's prices are those of table 5.6.A (25 June 2025) but for revisions, which are small except in New York's
industry (8.15 cents after 8.92). The year 2025 is still preliminary. The averages of 2023 (Electric Power Annual) of the states that
`records.DATA_CENTRE_STATES` names stay beside it as curated figures.

Traps: numbers are texts, and so is the count of rows in most replies. A reply has 5,000 rows at most whatever length is
asked for, with a warning that stands even where nothing was cut: pages are counted against `total`. Census divisions (NEW,
MAT, ...) and the USA stand among the states. A price may be missing, or zero where a sector bought nothing. Prices are
cents per kilowatt-hour and were spelled in two ways. A state average is not a data centre's tariff: a large site with even
load pays less than the average of industry, a colocation site pays like commerce, which is also where EIA counts both.
"""
