"""Frontier data centers of Epoch AI: where they stand, their power, computing and cost over time, and cooling hardware.

Epoch AI, "Data on Frontier AI Data Centers", epoch.ai/data/data-centers, CC BY 4.0. The snapshot keeps the published
column names; left out are image links, the free text of the construction status, and the sources and notes of single
cooling products.

Traps: owners, users and projects carry a tag of confidence behind each name (`Amazon #confident`). Coordinates are
degrees, minutes and seconds. The address names the country only outside the United States, so `country.csv` says it
for each site. Timeline rows after the snapshot are projections and the last one is the planned size. Power is that of
the facility, estimated from its cooling and substations. The capacity of cooling towers and chillers is of heat, and
their rows are products of a catalogue, not units installed.
"""
