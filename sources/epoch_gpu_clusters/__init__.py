"""GPU clusters of Epoch AI: clusters of accelerators built, planned and retired, with owner, chips, power and cost.

Epoch AI, "Data on GPU Clusters", epoch.ai/data/gpu-clusters, CC BY 4.0. The snapshot is what `connector.parse` makes of the
export of December 2025: 231 of its 786 rows. Left out are rows flagged as duplicates, the anonymised Chinese systems (257
rows under one name) and small systems, and of the columns the quotations, free text, and what follows from chip and count.

Traps: a cluster that grows has a row for each phase, each with the total so far: phases are never added, here they are
one site. Some clusters are data centers of the other list (`same_place.csv`). Power is reported for some, computed from
the chips for most. A planned row may be running by now: the list ends in July 2025, and what has been published since
is in `correction.csv`. Users mix firms and uses ("Cloud", "Academia"; `no_organisation.csv`). Countries are spelled
the way of the United Nations (`country.csv`). Names of chips are Epoch's (`chip_type.csv`). Some cells hold line breaks.
"""
