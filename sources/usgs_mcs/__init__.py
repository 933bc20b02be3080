"""Mineral Commodity Summaries of the US Geological Survey: who mines and refines what, by country.

US Geological Survey, National Minerals Information Center, "Mineral Commodity Summaries <year> Data Release" on ScienceBase,
public domain. Every year is an item of its own under parent 5c8c03e4e4b0938824529f7d: since 2026 with one long file,
MCS2026_Commodities_Data.csv; that of 2025 with a wide one, MCS2025_World_Data.csv. Both are read. What is used of them
is production by country; the sections on the United States, import sources, reserves and capacity are not.

The snapshot is in the headings of the long file. Cobalt, rare earths and lithium are rows of the 2026 file, read in an
excerpt of it; the other tables are of the chapters of 2025 (helium: 2026) and were read where others copied them. "Other
notes" says where for each row, and such rows are graded secondary. The names of chapters and details are those of the 2026
file as others read it; the world's total of a table is a row of its own, marked ": rounded".

Traps: cp1252, so that dashes are single bytes. A heading with a blank in it (`PROD_EST_ 2024`). W (withheld), NA, XX and
"Large" are unknown, a dash is nothing, s is less than half a unit; ranges and bounds (`50-300`, `>95`). Years such as
`2025_estimated` and `2021-24`. Totals are rounded, leave out what is withheld, and differ from the sum of the countries by
up to 4%. The United States stand twice in the table of helium. In a year that is not complete only some countries have a
figure. Spellings drift from year to year ("Gemanium", "Mne production", "grosss weight").
"""
