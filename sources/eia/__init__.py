"""What electricity costs industry and commerce in each state of the USA, month by month.

U.S. Energy Information Administration, api.eia.gov/v2/electricity/retail-sales, public domain; a free key in EIA_API_KEY.
Average revenue per kilowatt-hour of form EIA-861M, two to three months behind; months of the last year are revised.

There is no snapshot: one month is no average, and twelve months in a row were not to be found in public copies. What is
kept of table 5.6.A of the Electric Power Monthly are single months. The averages of 2023 (Electric Power Annual) of the
states that `records.DATA_CENTRE_STATES` names are curated figures; a live refresh puts the last twelve months before them.

Traps: numbers are texts, and so is the count of rows in most replies. A reply has 5,000 rows at most whatever length is
asked for, with a warning that stands even where nothing was cut: pages are counted against `total`. Census divisions (NEW,
MAT, ...) and the USA stand among the states. A price may be missing, or zero where a sector bought nothing. Prices are
cents per kilowatt-hour and were spelled in two ways. A state average is not a data centre's tariff: a large site with even
load pays less than the average of industry, a colocation site pays like commerce, which is also where EIA counts both.
"""
