"""Imports by customs code and partner: how much of an item a country buys from where.

United Nations Statistics Division, UN Comtrade, comtradeapi.un.org. Fetched with a key of one's own (`COMTRADE_KEY`, the
free product `comtrade - v1`: 500 calls a day, 100,000 rows a call). The data are the United Nations' copyright, for
internal use and not to be passed on without its written permission: nothing of it is bundled here, and what is fetched
is for the one who fetched it.

Traps: a reply at the limit of rows is cut without a word, and the interface without a key cuts at 500. Taiwan is 490,
"Other Asia, nes", as partner and as reporter. The United States is 842, France 251, Norway 579, Switzerland 757, India
699. Partner 0 is the sum of all. Unless totals are asked for, the same goods come again by second partner, customs
procedure and means of transport. Values are dollars at the border, freight and insurance paid, for most reporters. The
partner is the country of origin for most, so that goods through Hong Kong or Singapore are China's; a country is its own
partner where its goods come back. Partners that must not be seen go into 899 or 839. The two sides of one flow differ.

A code seldom is one item: `hs_code.csv` says which part of its value is which item, low to high, by judgement. Codes are
those of the Harmonized System of 2022, compared with its published nomenclature; photomasks, mask blanks and resists
follow rulings of the United States customs. Shares are of world trade and the same for all pairs of countries.
"""
