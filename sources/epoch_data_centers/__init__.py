"""Frontier data centers of Epoch AI: where they stand, their power, computing and cost over time, and cooling hardware.

Epoch AI, "Data on Frontier AI Data Centers", epoch.ai/data/data-centers, CC BY 4.0. Read are the four files that its
archive data_centers.zip holds. The snapshot is the export of December 2025.

Traps: owners, users and projects carry a tag of confidence behind each name (`Amazon #confident`). In 2026 the handles
gave way to shorter names, coordinates (degrees, minutes, seconds) left and a country came: `place.csv` keeps the names of
both editions, and of other lists, on one site. In the same year "Current power" became that of the computers while the
timeline kept that of the facility: power is read from the timeline alone. An empty cell there means not restated, not
zero. Timeline rows after the export are projections and the last one is the planned size. Power is estimated from
cooling and substations. The capacity of cooling towers and chillers is of heat, and their rows are products of a
catalogue, not units installed; the chillers end in a row that only has a type.
"""
