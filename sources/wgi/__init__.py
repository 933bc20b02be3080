"""Worldwide Governance Indicators: how a country is governed, as six estimates with their standard errors.

World Bank, api.worldbank.org/v2, database 3, CC BY 4.0. Once a year (September to November) the whole history back to 1996
is computed anew, so that vintages are not to be mixed. An estimate is in units of a standard normal distribution over all
economies, roughly -2.5 to +2.5, larger is better; its standard error is that of the underlying sources, of which there are
4 to 16.

The snapshot holds rule of law and political stability of 2024 for 27 European countries: replies of the API of the vintage
of 2026-03-18, kept as test data in the public repository alexmstancu/starnest (backend/tests/unit/data_sources/world_bank).
A live refresh brings the other indicators and countries.

Traps: the revision of 2025 renamed every series (`PV.EST` became `GOV_WGI_PV.EST`, `PV.STD.ERR` became `GOV_WGI_PV.SE`) and
replaced the percentile rank by a score from 0 to 100 (`.SC`), whose bounds (`.SC_LB`, `.SC_UB`) are not those of the
estimate; database 2 has the scores under `GOV_WGI_PV_SC`. Without `source=3` the API says that a series does not exist. Nine
economies have no ISO code, Taiwan among them ('Taiwan, China'): `economy.csv` says what they are. Refusals come with status
200 and a message in place of the rows. The newest row of a country may be without a value. 1997, 1999 and 2001 do not exist.
"""
