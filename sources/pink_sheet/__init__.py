"""Commodity prices of the World Bank, the Pink Sheet: monthly averages in nominal US dollars since 1960.

World Bank, "Commodity Markets", worldbank.org/en/research/commodity-markets, workbook CMO-Historical-Data-Monthly.xlsx,
sheet "Monthly Prices", CC BY 4.0, renewed on the second working day of a month. The snapshot holds five of its 71 series
from January 2000 to April 2026, copied from a CSV export of the edition of 4 May 2026 (github.com/sebapi747/gold,
CMO-Historical-Data-Monthly.csv); digits that only binary fractions have (2173.8000000000002) are left out, gas of 2004
to 2012 is rounded to five decimals.

Traps: four lines of title stand above two rows of header, names and units; exports have a third one with codes. A hidden
sheet "Mismatch Details" comes first. Months are written 2026M04. A missing price is an ellipsis, in one character or in
three dots. Asterisks and blanks behind a name come and go. The address changes with each year, and the old ones go on
answering with a workbook that has stopped: that of 2021 ends with 2024M12.
"""
