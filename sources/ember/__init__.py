"""Electricity generation, its sources and its carbon intensity, by country and year.

Ember, yearly electricity data, files.ember-energy.org/public-downloads, CC BY 4.0. One long table for 214 countries and 13
aggregates from 2000 on, renewed in spring and mended through the year; the whole history may change: the United States of 2023
had 369 gCO2/kWh in the release of 2024 and 393 in that of 2026.

The snapshot holds two releases as Our World in Data passed them on, whose names of countries it keeps: that of May 2024 (2022 or
2023 by country) as kept in the package codecarbon 3.3.2, and for the United States of 2025 that of 2026 as kept in the public
repository owid/energy-data. Each country is read in its newest year. A live refresh replaces all of it.

Traps: aggregates (World, regions, G20, ASEAN) stand among the countries, without an ISO code. Sums of fuels (`Aggregate fuel`)
stand among the fuels, and one release had them under `Fuel` as well. Energy and percentages are rows of the same variable and
differ in the unit. Percentages are rounded to two decimals, so shares are made from the energies. The column of the code was
`Country code` until 2024, and the address has moved more than once. Solar includes thermal plants, wind the sea; generation is
domestic, without imports; solar on roofs and whole small countries are estimates that are not marked. An empty value is not zero.
"""
