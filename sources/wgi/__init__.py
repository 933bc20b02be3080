"""Worldwide Governance Indicators: how a country is governed, as six estimates with their standard errors.

World Bank, api.worldbank.org/v2, database 3, CC BY 4.0. Once a year (September to November) the whole history back to 1996
is computed anew, so that vintages are not to be mixed. An estimate is in units of a standard normal distribution over all
economies, roughly -2.5 to +2.5, larger is better; its standard error is that of the underlying sources, of which there are
4 to 16.

The snapshot holds the estimates of 131 countries, all that we declare but Greenland, of the vintage that the API dates
2026-03-18, as kept in public repositories:

- rule of law and political stability of 27 European countries in 2024 with standard errors and numbers of sources: replies
  of the API, alexmstancu/starnest (backend/tests/unit/data_sources/world_bank/captured);
- all other estimates of 2024, rounded to three decimals: Drmuhammadikram/mysite (data/wgi.json), which leaves out what has
  no ISO code, Taiwan with it;
- political stability of Taiwan and New Caledonia and regulatory quality of Taiwan, 2023: replies of the API,
  AdityaJagtap18/MtechProjectWork (data/raw/wgi/political_stability.json and regulatory_quality.json);
- government effectiveness and control of corruption of Taiwan in 2020, its rule of law and voice and accountability in 2019,
  rounded to two decimals: the World Bank's Data360, feddevreeken-ctrl/foodshield-ai (data/wgi.json).

The second and the last name no vintage; their numbers do. The second agrees with the replies of the API to its last decimal
wherever they were compared: the 54 estimates of the 27 countries in 2024, and of 2023 political stability of 101 countries and
regulatory quality of 34. The last agrees with the second in 33 estimates of 2020. Estimates whose standard error is not at hand
get a range of ours (`records.TYPICAL_ERROR`). A live refresh replaces all of it.

Traps: the revision of 2025 renamed every series (`PV.EST` became `GOV_WGI_PV.EST`, `PV.STD.ERR` became `GOV_WGI_PV.SE`) and
replaced the percentile rank by a score from 0 to 100 (`.SC`), whose bounds (`.SC_LB`, `.SC_UB`) are not those of the
estimate; database 2 has the scores under `GOV_WGI_PV_SC`. Without `source=3` the API says that a series does not exist. Nine
economies have neither a two-letter nor a three-letter code, Taiwan among them ('Taiwan, China'): they are told apart by name
alone, and `economy.csv` says what they are. Refusals come with status 200 and a message in place of the rows. The newest row
of a country may be without a value. 1997, 1999 and 2001 do not exist.
"""
