"""The facts behind a single point of failure: the rows of the core tables that its path is made of."""

from __future__ import annotations

from collections.abc import Sequence

from graph.risk.supply_things import By, Records, split


def evidence(records: Records, by: By, event: str, way: Sequence[str]) -> list[str]:
    """'share:<id>', 'requirement:<id>', 'board:<id>' and 'site:<id>' of what a failure rests on, from the event to the target.

    Parameters
    ----------
    way : things, from the target to the one that lacks its suppliers (`graph.risk.failure_spread.route`)
    """
    found = _supply(records, by, event, way[-1])
    for needed, consumer in zip(way[::-1], way[-2::-1], strict=False):
        found += _need(records, consumer, needed)
    return list(dict.fromkeys(found))


def _supply(records: Records, by: By, event: str, name: str) -> list[str]:
    """What says that the event takes away a thing's suppliers."""
    thing, makers = split(name)
    kind, _, plain = thing.partition(":")
    if kind == "board":
        return [f"board:{plain}"]
    lost = event.partition(":")[2]
    if by == "grid":
        return [maker.offer for maker in records.sites.get(plain, []) if maker.region == lost]
    if by == "country" and not makers and (published := records.countries.get(plain)):
        return [f"share:{row['share_id']}" for row in published if row["country"] == lost]
    firms = []
    for offer in records.offers.get(plain, []):
        organisation = offer["organisation_id"]
        named = {
            "offer": offer["offer_id"],
            "organisation": organisation,
            "owner": records.organisations[organisation]["owner_id"],
            "country": offer["country"],
            "seat": records.seats[organisation],
        }
        if named.get(by) == lost and (not makers or organisation in makers):
            firms.append(organisation)
    return [f"share:{row['share_id']}" for row in records.firms.get(plain, []) if row["organisation_id"] in firms]


def _need(records: Records, consumer: str, needed: str) -> list[str]:
    """What says that a thing needs another: its requirements, or the row of the board."""
    plain = split(consumer)[0].partition(":")[2]
    wanted, makers = split(needed)
    rows = [
        row
        for row in records.requirements.get(plain, [])
        if row["input_id"] == wanted.partition(":")[2] and (not makers or row["organisation_id"] in makers)
    ]
    return [f"requirement:{row['requirement_id']}" for row in rows] or [f"board:{plain}"]
