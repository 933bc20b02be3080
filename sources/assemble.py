"""From raw rows to core records: names resolved, ids checked, ranges and units agreed.

One function per core table. Each takes the raw rows of every domain (with their file and line) and what the
table refers to, and returns the rows of the core table, or raises `SourceError` with every problem at its place.
Nothing here guesses: what does not resolve stops.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import pandas as pd

from sources import records as r
from sources import vocabulary
from sources.columns import Table, columns
from sources.errors import Problem, SourceError, nearest
from sources.evidence import CURATED, OVERLAY, choose
from sources.frames import rows_of
from sources.resolve import Names, circles, duplicated_spellings, owners, resolve_column, split_names
from sources.searched import answered
from sources.units import per

SHARE_SLACK = 0.02
"""Published shares are rounded: their sum may pass one by this much."""


def _arrange(frame: pd.DataFrame, record: type[Table]) -> pd.DataFrame:
    """The record's columns in the record's order."""
    return frame.reindex(columns=[c.name for c in columns(record)]).reset_index(drop=True)


def _stop(problems: list[Problem]) -> None:
    if problems:
        raise SourceError(problems)


def _places(frame: pd.DataFrame) -> Iterator[tuple[str, int]]:
    return zip(frame["source_file"], frame["source_line"].astype(int), strict=True)


def _unknown(frame: pd.DataFrame, column: str, known: Collection[str], what: str) -> list[Problem]:
    """Values of a column that are not among the known ids."""
    bad = frame[frame[column].notna() & ~frame[column].isin(known)]
    listed = sorted(known)
    return [
        Problem(file, line, column, f"unknown {what} {value!r}{nearest(str(value), listed)}")
        for value, (file, line) in zip(bad[column], _places(bad), strict=True)
    ]


def _duplicates(frame: pd.DataFrame, keys: list[str], what: str) -> list[Problem]:
    """Rows whose key another row has already."""
    bad = frame[frame.duplicated(keys, keep="first")]
    firsts = frame.drop_duplicates(keys).set_index(keys)[["source_file", "source_line"]]
    problems = []
    for key, (file, line) in zip(zip(*(bad[k] for k in keys), strict=True), _places(bad), strict=True):
        first = firsts.loc[key if len(key) > 1 else key[0]]
        place = f"{first['source_file']}:{first['source_line']}"
        problems.append(Problem(file, line, keys[0], f"{what} is there already, in {place}"))
    return problems


def _uncited(frame: pd.DataFrame, sources: Collection[str]) -> list[Problem]:
    problems = _unknown(frame, "source_id", sources, "source")
    if "grade" in frame:
        bad = frame[(frame["source_id"] == r.ESTIMATE) & frame["grade"].isin(["primary", "secondary"])]
        what = "graded primary or secondary, but its source is 'estimate': cite the publication or grade it estimate"
        problems += [Problem(file, line, "grade", what) for file, line in _places(bad)]
    return problems


def _numbered(frame: pd.DataFrame, keys: list[str]) -> pd.Series:
    """Readable ids: the key's parts joined with '/', and '#2', '#3' ... where figures conflict."""
    parts = zip(*(frame[k] for k in keys), strict=True)
    base = pd.Series(["/".join(str(p) for p in row if isinstance(p, str)) for row in parts], index=frame.index, dtype=object)
    count = base.groupby(base).cumcount()
    return base.where(count == 0, base + "#" + (count + 1).astype(str))


def _one_current(frame: pd.DataFrame, keys: list[str], what: str) -> list[Problem]:
    """Of several figures of one collection for one thing, one is current; two are a duplicate key."""
    keys = [*keys, "collection"] if "collection" in frame else keys
    return _duplicates(frame[frame["status"] == "current"], keys, f"a current {what}")


def _chosen(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """The figures of one collection current for each key; see `sources.evidence`."""
    return choose(frame if "collection" in frame else frame.assign(collection=CURATED), keys)


def _live(frame: pd.DataFrame) -> set[str]:
    """The collections among the rows that publishers renew: their unknown names may await review."""
    return set(frame["collection"]) - {CURATED, OVERLAY} if "collection" in frame else set()


def _circular(frame: pd.DataFrame, child: str, parent: str) -> list[Problem]:
    """Rows whose chain of parents never ends."""
    found = circles(frame, child, parent)
    bad = frame[frame[child].isin(list(found))]
    return [Problem(f, n, parent, f"runs in a circle: {found[i]}") for i, (f, n) in zip(bad[child], _places(bad), strict=True)]


def _several(frame: pd.DataFrame, column: str) -> list[Problem]:
    """Cells that name more than one organisation where one is meant."""
    bad = frame[frame[column].map(lambda v: isinstance(v, str) and len(split_names(v)) > 1).astype(bool)]
    what = "one organisation belongs here; several whose split is unknown are a row of supplier_kind 'group'"
    return [Problem(f, n, column, what) for f, n in _places(bad)]


def source(citations: pd.DataFrame, declared: pd.DataFrame) -> pd.DataFrame:
    """Publications cited, and the data sources themselves (`declared`, one row per folder under sources/)."""
    content = list(r.Citation.model_fields)
    cited = citations.drop_duplicates(content).assign(collection="curated")
    problems = _duplicates(cited, ["source_id"], "a different citation with this id")
    taken = cited[cited["source_id"].isin(declared["source_id"])]
    what = "is the id of a data source: give the citation another"
    problems += [Problem(f, n, "source_id", f"{i!r} {what}") for i, (f, n) in zip(taken["source_id"], _places(taken), strict=True)]
    _stop(problems)
    return _arrange(pd.concat([declared, cited], ignore_index=True), r.Source)


def country(rows: pd.DataFrame) -> pd.DataFrame:
    _stop(_duplicates(rows, ["country"], "this country"))
    return _arrange(rows, r.Country)


def organisation(rows: pd.DataFrame, countries: Collection[str], sources: Collection[str]) -> pd.DataFrame:
    problems = _duplicates(rows, ["organisation_id"], "an organisation with this id")
    problems += _duplicates(rows, ["name"], "an organisation of this name")
    problems += _unknown(rows, "country", countries, "country")
    problems += _unknown(rows, "parent_id", set(rows["organisation_id"]), "organisation")
    problems += _unknown(rows, "source_id", sources, "source")
    unsourced = rows[rows["parent_id"].notna() & rows["grade"].isna()]
    problems += [Problem(f, n, "grade", "a parent is named, so source_id and grade are needed") for f, n in _places(unsourced)]
    problems += _circular(rows, "organisation_id", "parent_id")
    _stop(problems)
    return _arrange(rows.assign(owner_id=rows["organisation_id"].map(owners(rows))), r.Organisation)


def alias(rows: pd.DataFrame, organisations: pd.DataFrame) -> pd.DataFrame:
    problems = _duplicates(rows, ["alias"], "this spelling")
    problems += _unknown(rows, "organisation_id", set(organisations["organisation_id"]), "organisation")
    taken = rows[rows["alias"].isin(duplicated_spellings(rows["alias"], organisations))]
    problems += [Problem(f, n, "alias", "this is an organisation's own name or id already") for f, n in _places(taken)]
    _stop(problems)
    return _arrange(rows, r.Alias)


def identifier(rows: pd.DataFrame, organisations: Collection[str]) -> pd.DataFrame:
    problems = _duplicates(rows, ["organisation_id", "scheme", "value"], "this identifier")
    problems += _unknown(rows, "organisation_id", organisations, "organisation")
    _stop(problems)
    return _arrange(rows, r.Identifier)


def item(rows: pd.DataFrame) -> pd.DataFrame:
    """`rows` has a column `layer`: the domain folder each row lies in."""
    problems = _duplicates(rows, ["item_id"], "an item with this id") + _duplicates(rows, ["name"], "an item of this name")
    problems += _unknown(rows, "part_of", set(rows["item_id"]), "item") + _circular(rows, "item_id", "part_of")
    _stop(problems)
    return _arrange(rows, r.Item)


def share(rows: pd.DataFrame, items: Collection[str], names: Names, countries: Collection[str], sources: Collection[str]) -> pd.DataFrame:
    problems = _unknown(rows, "item_id", items, "item") + _uncited(rows, sources)
    by_country = rows[rows["supplier_kind"] == "country"]
    problems += _unknown(by_country, "supplier", countries, "country") + _several(rows[rows["supplier_kind"] == "firm"], "supplier")
    named = rows[rows["supplier_kind"].isin(["firm", "group"])]
    resolved = resolve_column(named, "supplier", names, problems, _live(named))
    rows = rows.drop(index=resolved.index[resolved.isna()]) if not problems else rows
    for production, (file, line) in zip(rows["production"], _places(rows), strict=True):
        missing = sorted(set(r.split_of_production(production if isinstance(production, str) else None)) - set(countries))
        problems += [Problem(file, line, "production", f"unknown country {code!r}") for code in missing]
    ungraded = rows[rows["production"].notna() & rows["production_grade"].isna()]
    problems += [Problem(f, n, "production_grade", "production is given, so its grade is needed") for f, n in _places(ungraded)]
    problems += _unknown(rows, "production_source_id", sources, "source") + _unpublished(rows)
    frame = rows.assign(resolved=resolved.reindex(rows.index))
    problems += _one_current(
        frame.assign(resolved=frame["resolved"].fillna(frame["supplier"])),
        ["item_id", "supplier_kind", "resolved"],
        "share of this supplier",
    )
    # What one collection says of an item's countries, or of its firms, is one picture: pictures are not mixed.
    kind = frame["supplier_kind"]
    frame = _chosen(frame.assign(picture=_picture(frame)), ["item_id", "picture"])
    problems += _oversubscribed(frame)
    _stop(problems)
    return _arrange(
        frame.assign(
            share_id=_numbered(frame, ["item_id", "supplier"]),
            organisation_id=frame["resolved"].where(kind == "firm"),
            members=frame["resolved"].where(kind == "group"),
            country=frame["supplier"].where(kind == "country"),
        ),
        r.Share,
    )


def _unpublished(rows: pd.DataFrame) -> list[Problem]:
    """Splits of production graded as published that name no publication, and sources of splits that are not given."""
    named = rows["production_source_id"].fillna(rows["source_id"])
    bad = rows[(named == r.ESTIMATE) & rows["production_grade"].isin(["primary", "secondary"])]
    what = "graded primary or secondary, but no publication is named: give production_source_id, or grade it estimate"
    problems = [Problem(f, n, "production_grade", what) for f, n in _places(bad)]
    without = rows[rows["production"].isna()]
    for column, what in (("production_grade", "grade"), ("production_source_id", "source")):
        idle = without[without[column].notna()]
        problems += [Problem(f, n, column, f"no production is given for it to be the {what} of") for f, n in _places(idle)]
    return problems


def _picture(rows: pd.DataFrame) -> list[str]:
    """For each share 'country' or 'firm': which split of the item's supply it is a part of.

    The unknown rest belongs to the countries where its collection lists countries of the item and no firms.
    """
    collections = rows["collection"] if "collection" in rows else [CURATED] * len(rows)
    givers = list(zip(rows["item_id"], collections, strict=True))
    of_kind = {kind: {o for o, k in zip(givers, rows["supplier_kind"], strict=True) if k == kind} for kind in ("country", "firm", "group")}
    rest_of_countries = of_kind["country"] - of_kind["firm"] - of_kind["group"]
    is_country = [
        kind == "country" or (kind == "residual" and giver in rest_of_countries)
        for kind, giver in zip(rows["supplier_kind"], givers, strict=True)
    ]
    return ["country" if country else "firm" for country in is_country]


def _oversubscribed(rows: pd.DataFrame) -> list[Problem]:
    """Items whose current shares of one picture sum to more than one: the figures overlap or the metric differs."""
    current = rows[rows["status"] == "current"]
    problems = []
    for (item_id, _), group in current.groupby(["item_id", "picture"]):
        total = group["central"].sum()
        if total > 1 + SHARE_SLACK:
            file, line = next(iter(_places(group)))
            what = f"the current shares of {item_id!r} sum to {total:.3f}: expected at most 1; mark overlapping figures as conflicting"
            problems.append(Problem(file, line, "central", what))
    return problems


def requirement(rows: pd.DataFrame, items: pd.DataFrame, boards: Collection[str], names: Names, sources: Collection[str]) -> pd.DataFrame:
    things = set(items["item_id"]) | set(boards)
    problems = _unknown(rows, "consumer_id", things, "item or board")
    problems += _unknown(rows, "input_id", things, "item or board")
    problems += _uncited(rows, sources)
    problems += _several(rows, "supplier")
    organisation_id = resolve_column(rows, "supplier", names, problems)
    units = dict(zip(items["item_id"], items["unit"], strict=True)) | dict.fromkeys(boards, "unit")
    for row in rows_of(rows):
        consumer, needed, unit = row["consumer_id"], row["input_id"], row["unit"]
        if consumer in units and needed in units:
            expected = per(units[needed], units[consumer])
            if unit != expected:
                what = f"expected {expected!r} (unit of {needed} per unit of {consumer}), got {unit!r}"
                problems.append(Problem(row["source_file"], row["source_line"], "unit", what))
        if consumer == needed:
            problems.append(Problem(row["source_file"], row["source_line"], "input_id", "a thing does not require itself"))
    frame = rows.assign(organisation_id=organisation_id)
    key = ["consumer_id", "input_id", "organisation_id"]
    problems += _one_current(frame, key, "requirement of this input")
    frame = _chosen(frame, key)
    problems += _groups(frame)
    _stop(problems)
    return _arrange(frame.assign(requirement_id=_numbered(frame, ["consumer_id", "input_id", "organisation_id"])), r.Requirement)


def _groups(rows: pd.DataFrame) -> list[Problem]:
    """Groups of alternatives that cannot be read: k differs or passes the number of alternatives, or the mix is no mix."""
    current = rows[(rows["status"] == "current") & rows["group_name"].notna()]
    problems = []
    for (consumer, name), group in current.groupby(["consumer_id", "group_name"]):
        file, line = next(iter(_places(group)))
        ks, mix = sorted(set(group["k"].tolist())), group["mix"].sum()
        if len(ks) > 1:
            problems.append(Problem(file, line, "k", f"group {name!r} of {consumer!r} has different k: {ks}"))
        elif ks[0] > len(group):
            problems.append(Problem(file, line, "k", f"group {name!r} of {consumer!r} has k = {ks[0]} of only {len(group)} alternatives"))
        elif ks[0] == 1 and abs(mix - 1) > 0.005:
            problems.append(Problem(file, line, "mix", f"the mix of group {name!r} of {consumer!r} sums to {mix:.3f}: expected 1"))
    return problems


def price(rows: pd.DataFrame, items: pd.DataFrame, sources: Collection[str]) -> pd.DataFrame:
    units = dict(zip(items["item_id"], items["unit"], strict=True))
    problems = _unknown(rows, "item_id", set(units), "item") + _uncited(rows, sources)
    problems += _one_current(rows, ["item_id"], "price of this item")
    blank = rows[rows["central"].isna()]
    problems += [
        Problem(f, n, "central", "a price needs low, central and high: leave the row out where it is not known") for f, n in _places(blank)
    ]
    for row in rows_of(rows):
        item_id, unit = row["item_id"], row["unit"]
        if item_id in units and unit != per("USD", units[item_id]):
            what = f"expected {per('USD', units[item_id])!r}, got {unit!r}"
            if not unit.startswith("USD/"):
                what += ": all prices are in USD, converted by whoever writes the row"
            problems.append(Problem(row["source_file"], row["source_line"], "unit", what))
    _stop(problems)
    rows = _chosen(rows, ["item_id"])
    return _arrange(rows.assign(price_id=_numbered(rows, ["item_id"])), r.Price)


ENTITY_KINDS = ("item", "board", "site", "model", "workload", "org", "country", "region", "global")


def parameter(rows: pd.DataFrame, known: dict[str, Collection[str]], sources: Collection[str]) -> pd.DataFrame:
    """`known` maps an entity kind (item, board, site, model, workload, org, country) to its ids; region: and global: are free."""
    problems = _uncited(rows, sources)
    kind = rows["entity_id"].astype(str).str.split(":").str[0]
    for value, (file, line) in zip(rows["entity_id"][~kind.isin(ENTITY_KINDS)], _places(rows[~kind.isin(ENTITY_KINDS)]), strict=True):
        problems.append(
            Problem(file, line, "entity_id", f"expected one of {', '.join(f'{k}:' for k in ENTITY_KINDS)} before the id, got {value!r}")
        )
    problems += vocabulary.problems(rows.assign(kind=kind)[kind.isin(ENTITY_KINDS)], "parameter", vocabulary.parameters())
    for name, ids in known.items():
        problems += _unknown(rows[kind == name], "entity_id", {f"{name}:{i}" for i in ids}, name)
    problems += _one_current(rows, ["entity_id", "parameter"], "figure of this parameter")
    _stop(problems)
    rows = _chosen(rows, ["entity_id", "parameter"])
    return _arrange(rows.assign(parameter_id=_numbered(rows, ["entity_id", "parameter"])), r.Parameter)


def board(rows: pd.DataFrame, items: Collection[str], names: Names, sources: Collection[str]) -> pd.DataFrame:
    problems = _duplicates(rows, ["board_id"], "a board with this id") + _uncited(rows, sources)
    for column in ("wafer_item", "io_wafer_item", "packaging_item", "memory_item", "system_item"):
        problems += _unknown(rows, column, items, "item")
    frame = rows.assign(**{c: resolve_column(rows, c, names, problems) for c in ("designer", "design_partner", "foundry", "packager")})
    _stop(problems)
    return _arrange(frame, r.Board)


def site(rows: pd.DataFrame, names: Names, countries: Collection[str], boards: Collection[str], sources: Collection[str]) -> pd.DataFrame:
    problems = _duplicates(rows, ["site_id"], "a site with this id") + _uncited(rows, sources)
    problems += _unknown(rows, "country", countries, "country") + _unknown(rows, "board_id", boards, "board")
    frame = rows.assign(**{c: resolve_column(rows, c, names, problems, _live(rows)) for c in ("operator", "users")})
    _stop(problems)
    return _arrange(frame, r.Site)


def site_timeline(rows: pd.DataFrame, sites: Collection[str], sources: Collection[str]) -> pd.DataFrame:
    _stop(
        _unknown(rows, "site_id", sites, "site")
        + _unknown(rows, "source_id", sources, "source")
        + _duplicates(rows, ["site_id", "date"], "a state of this day")
    )
    return _arrange(rows, r.SiteTimeline)


def power_contract(rows: pd.DataFrame, names: Names, countries: Collection[str], sources: Collection[str]) -> pd.DataFrame:
    problems = _duplicates(rows, ["contract_id"], "a contract with this id") + _uncited(rows, sources)
    problems += _unknown(rows, "country", countries, "country")
    frame = rows.assign(**{c: resolve_column(rows, c, names, problems) for c in ("buyer", "seller")})
    _stop(problems)
    return _arrange(frame, r.PowerContract)


def queue_entry(rows: pd.DataFrame, sources: Collection[str]) -> pd.DataFrame:
    declared = vocabulary.queue_metrics()
    problems = [*vocabulary.problems(rows.assign(kind="queue"), "metric", declared)]
    _stop(problems + _uncited(rows, sources) + _one_current(rows, ["region", "metric", "as_of"], "figure of this metric"))
    rows = _chosen(rows, ["region", "metric", "as_of"])
    return _arrange(rows.assign(queue_id=_numbered(rows, ["region", "metric", "as_of"])), r.QueueEntry)


def trade_flow(rows: pd.DataFrame, items: Collection[str], countries: Collection[str], sources: Collection[str]) -> pd.DataFrame:
    problems = _uncited(rows, sources) + _unknown(rows, "item_id", items, "item")
    problems += _unknown(rows, "reporter", countries, "country") + _unknown(rows, "partner", countries, "country")
    key = ["reporter", "partner", "hs_code", "item_id", "year"]
    problems += _one_current(rows, key, "flow of this code")
    _stop(problems)
    texts = rows[key].astype(str)
    return _arrange(rows.assign(flow_id=texts.agg("/".join, axis=1) if len(rows) else []), r.TradeFlow)


def model(rows: pd.DataFrame, names: Names, sources: Collection[str]) -> pd.DataFrame:
    problems = _duplicates(rows, ["model_id"], "a model with this id") + _uncited(rows, sources)
    frame = rows.assign(developer=resolve_column(rows, "developer", names, problems))
    _stop(problems)
    return _arrange(frame, r.Model)


def workload(rows: pd.DataFrame, sources: Collection[str]) -> pd.DataFrame:
    _stop(_duplicates(rows, ["workload_id"], "a workload with this id") + _uncited(rows, sources))
    return _arrange(rows, r.Workload)


def benchmark(rows: pd.DataFrame, boards: Collection[str], models: Collection[str], sources: Collection[str]) -> pd.DataFrame:
    problems = _duplicates(rows, ["benchmark_id"], "a benchmark with this id") + _uncited(rows, sources)
    problems += _unknown(rows, "board_id", boards, "board") + _unknown(rows, "model_id", models, "model")
    if "bound_board_id" in rows:  # curated rows alone do not have it
        problems += _unknown(rows, "bound_board_id", boards, "board")
    _stop(problems)
    return _arrange(rows, r.Benchmark)


def published_cost(
    rows: pd.DataFrame, boards: Collection[str], items: Collection[str], models: Collection[str], sources: Collection[str]
) -> pd.DataFrame:
    problems = _duplicates(rows, ["published_id"], "a published cost with this id") + _uncited(rows, sources)
    for column, known in (("board", boards), ("item", items), ("model", models)):
        problems += _unknown(rows, f"{column}_id", known, column)
    _stop(problems)
    return _arrange(rows, r.PublishedCost)


def search(rows: pd.DataFrame, curated: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """`rows`, and the curated rows of each kind, have a column `layer`: the domain folder each row lies in."""
    keys = ["record", "layer", "subject", "detail"]
    found, problems = answered(rows, curated)
    _stop(_duplicates(rows.fillna({"subject": "", "detail": ""}), keys, "a search for this") + problems)
    frame = pd.DataFrame(found, columns=rows.columns).rename(columns={"layer": "domain"})
    return _arrange(frame.assign(search_id=_numbered(frame, ["domain", "record", "subject", "detail"])), r.Search)


def offer(shares: pd.DataFrame, organisations: pd.DataFrame) -> pd.DataFrame:
    """Current firm shares, spread over the countries each firm makes the item in.

    A firm whose production is not known is put in the country of its headquarters, graded estimate.
    """
    home = dict(zip(organisations["organisation_id"], organisations["country"], strict=True))
    rows = []
    firms = shares[(shares["supplier_kind"] == "firm") & (shares["status"] == "current")]
    for row in rows_of(firms):
        split = r.split_of_production(row["production"]) or {home[row["organisation_id"]]: 1.0}
        for code, fraction in split.items():
            bounds = [None if row[bound] is None else row[bound] * fraction for bound in ("low", "central", "high")]
            rows.append(
                {
                    "offer_id": f"{row['organisation_id']}/{row['item_id']}/{code}",
                    "organisation_id": row["organisation_id"],
                    "item_id": row["item_id"],
                    "country": code,
                    "share_low": bounds[0],
                    "share_central": bounds[1],
                    "share_high": bounds[2],
                    "grade": row["grade"],
                    "production_grade": row["production_grade"] if row["production"] else "estimate",
                    "source_id": row["source_id"],
                    "production_source_id": row["production_source_id"] or row["source_id"],
                }
            )
    return _arrange(pd.DataFrame(rows), r.Offer)


def model_price(rows: pd.DataFrame, models: Collection[str], sources: Collection[str]) -> pd.DataFrame:
    _stop(
        _duplicates(rows, ["source_id", "provider", "model"], "a price of this model")
        + _unknown(rows, "model_id", models, "model")
        + _uncited(rows, sources)
    )
    return _arrange(rows, r.ModelPrice)
