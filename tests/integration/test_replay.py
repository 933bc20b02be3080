"""A publisher that misbehaves in every way there is: what is kept, and what the user is told.

The server is real and on loopback, the source is Ember's, its bytes are what the repository ships of it.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from sources import registry
from sources.answers import FetchError
from sources.client import MIRROR, Client, Policy, Reply
from sources.reading import opened
from sources.refresh import Outcome, refresh
from sources.registry import SourceFolder
from sources.vintages import Store
from tests.publisher import DAY, QUICK, Answer, Publisher, elapsed, publisher, same_for


@pytest.fixture
def ember() -> SourceFolder:
    return next(f for f in registry.folders() if f.id == "ember")


@pytest.fixture
def body(ember: SourceFolder) -> bytes:
    """Bytes that Ember could have sent."""
    (name, record), *_ = ember.tables.items()
    return registry.to_csv(ember.load(name), record)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "vintages")


@pytest.fixture
def server() -> Iterator[Publisher]:
    with publisher() as found:
        yield found


def ask(source: SourceFolder, store: Store, server: Publisher, days: int = 0, policy: Policy = QUICK) -> Outcome:
    """One refresh of the source from the server, so many days after the first."""
    with Client(policy, {MIRROR: server.url}, seed=1) as client:
        return refresh(source, store, client, now=DAY + timedelta(days=days))


def rows_in_use(source: SourceFolder, store: Store) -> tuple[str, int]:
    """(origin of the vintage in use, its rows)"""
    found = opened(source, store, registry.archive(source, store, DAY - timedelta(days=1)))
    assert found.vintage is not None
    return found.vintage.origin, sum(len(found.load(name)) for name in source.tables)


def test_what_is_new_is_stored_and_used(ember: SourceFolder, store: Store, server: Publisher, body: bytes) -> None:
    server.always = Answer(body)
    outcome = ask(ember, store, server)
    assert outcome.what == "new"
    (vintage,) = store.vintages("ember")
    assert vintage.files() == {"yearly_full_release_long_format.csv": body}
    assert (vintage.retrieved_at, vintage.known_at) == ("2026-11-25", DAY)
    assert rows_in_use(ember, store) == ("live", body.count(b"\n") - 1)
    assert store.status("ember").last_good_check == DAY.isoformat()


def test_what_has_not_changed_is_not_sent_again(ember: SourceFolder, store: Store, server: Publisher, body: bytes) -> None:
    server.always = same_for('"v1"', body)
    assert ask(ember, store, server).what == "new"
    assert ask(ember, store, server, days=1).what == "unchanged"
    assert server.requests[1][1]["if-none-match"] == '"v1"'
    assert server.requests[1][1]["if-modified-since"] == "Tue, 24 Nov 2026 05:00:00 GMT"
    assert len(store.vintages("ember")) == 1
    assert store.status("ember").last_good_check == (DAY + timedelta(days=1)).isoformat()


def test_the_same_bytes_without_validators_are_no_new_vintage(ember: SourceFolder, store: Store, server: Publisher, body: bytes) -> None:
    server.always = Answer(body)
    assert [ask(ember, store, server, days=d).what for d in (0, 1)] == ["new", "unchanged"]
    assert len(store.vintages("ember")) == 1


def test_a_server_that_asks_to_wait_is_waited_for(ember: SourceFolder, store: Store, server: Publisher, body: bytes) -> None:
    server.script = [Answer(status=429, headers={"Retry-After": "1"})]
    server.always = Answer(body)
    took = elapsed(lambda: ask(ember, store, server))
    assert store.status("ember").outcome == "new"
    assert 1.0 <= took < 3
    assert len(server.requests) == 2


def test_one_that_asks_to_wait_too_long_is_left_alone(ember: SourceFolder, store: Store, server: Publisher) -> None:
    server.always = Answer(status=429, headers={"Retry-After": "3600"})
    outcome = ask(ember, store, server)
    assert outcome.what == "failed"
    assert "asks to wait 60 minutes" in outcome.message
    assert len(server.requests) == 1


def test_two_errors_of_the_server_and_then_a_good_answer(ember: SourceFolder, store: Store, server: Publisher, body: bytes) -> None:
    server.script = [Answer(status=500), Answer(status=503)]
    server.always = Answer(body)
    assert ask(ember, store, server).what == "new"
    assert len(server.requests) == 3


def test_a_server_that_keeps_failing_is_given_up(ember: SourceFolder, store: Store, server: Publisher) -> None:
    server.always = Answer(status=500)
    outcome = ask(ember, store, server)
    assert outcome.what == "failed"
    assert outcome.message.startswith("ember: yearly_full_release_long_format.csv from http://127.0.0.1:")
    assert "the server answers 500 (tried 3 times)" in outcome.message
    assert len(server.requests) == QUICK.tries
    assert store.vintages("ember") == []


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Answer(b"x" * 1000, cut=100), "the answer was cut short"),
        (Answer(b"<!DOCTYPE html><html><title>We have moved</title>"), "a web page (we have moved) instead of csv"),
        (Answer(b"PK\x03\x04 a zip file"), "these bytes are not csv"),
        (Answer(b""), "an empty file"),
        (Answer(b"x" * 2_000_001), "more than 2,000,000 bytes"),
        (Answer(status=404), "the server answers 404: has the file moved?"),
        (Answer(status=403), "the server answers 403: is a key or a contact address needed?"),
        (Answer(status=302, headers={"Location": "/round/and/round"}), "it leads in a circle"),
        (Answer(b"late", hang=20), "no bytes within the time allowed: the server hangs"),
    ],
    ids=["cut short", "web page", "wrong kind", "empty", "oversized", "gone", "forbidden", "redirect loop", "hang"],
)  # fmt: skip
def test_an_answer_that_is_none_leaves_the_last_vintage_in_use(
    ember: SourceFolder, store: Store, server: Publisher, body: bytes, answer: Answer, told: str
) -> None:
    server.script = [Answer(body)]
    server.always = answer
    assert ask(ember, store, server).what == "new"
    before = rows_in_use(ember, store)
    outcome = ask(ember, store, server, days=1)
    assert outcome.what == "failed"
    assert told in outcome.message
    assert rows_in_use(ember, store) == before
    assert len(store.vintages("ember", "live")) == 1
    status = store.status("ember")
    assert (status.outcome, status.last_good_check) == ("failed", DAY.isoformat())


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda b: b.replace(b"Variable,", b"Variables,", 1), "yearly_full_release_long_format.csv:1: column 'Variables': unknown column"),
        (lambda b: b.replace(b"\n", b",2.5\n").replace(b",2.5\n", b",Mood\n", 1), "column 'Mood': unknown column"),
        (lambda b: b.replace(b"2023", b"two thousand", 1), "column 'Year'"),
        (lambda b: b[:400] + b"\xff\xfe" + b[400:], "is not UTF-8"),
        (lambda b: b"\n".join(b.split(b"\n")[:20]) + b"\n", "19 rows; expected 500 to"),
        (lambda b: b[: len(b) // 2], "expected"),
    ],
    ids=["renamed column", "new column", "wrong value", "wrong encoding", "too few rows", "half a file that claims to be whole"],
)
def test_bytes_that_cannot_be_read_are_kept_and_not_used(
    ember: SourceFolder, store: Store, server: Publisher, body: bytes, spoil: object, told: str
) -> None:
    server.script = [Answer(body)]
    server.always = Answer(spoil(body))  # type: ignore[operator]
    assert ask(ember, store, server).what == "new"
    before = rows_in_use(ember, store)
    outcome = ask(ember, store, server, days=1)
    assert outcome.what == "failed"
    assert told in outcome.message
    assert rows_in_use(ember, store) == before
    kept = store.vintages("ember", "live")
    assert len(kept) == 2, "the bytes are there for a mended parser"
    assert list(store.status("ember").unreadable) == [kept[1].sha256]
    found = opened(ember, store, None)
    assert f"the vintage of 2026-11-26 ({kept[1].sha256[:12]}) cannot be used" in found.problem, "of that day there may be others"


def test_bytes_that_a_mended_parser_reads_are_used_without_being_sent_again(
    ember: SourceFolder, store: Store, server: Publisher, body: bytes
) -> None:
    server.always = same_for('"v2"', body)

    def refuse(_: object) -> None:
        raise registry.SourceError([registry.Problem("ember", 1, "-", "an error of ours")])

    with Client(QUICK, {MIRROR: server.url}) as client:
        assert refresh(ember, store, client, refuse, now=DAY).what == "failed"  # type: ignore[arg-type]
    assert ask(ember, store, server, days=1).what == "unchanged"
    assert store.status("ember").unreadable == {}
    assert rows_in_use(ember, store)[0] == "live"


def test_explaining_a_word_does_not_undo_the_fetch_that_brought_it(
    ember: SourceFolder, store: Store, server: Publisher, body: bytes, tmp_path: Path
) -> None:
    server.always = Answer(body)
    registry.archive(ember, store, DAY - timedelta(days=1))
    assert ask(ember, store, server).what == "new"
    explained = replace(ember, folder=tmp_path / "ember")
    shutil.copytree(ember.folder, explained.folder)
    (explained.folder / "area.csv").write_text("code,country,note\nATL,,an island\n")
    archived = registry.archive(explained, store, DAY + timedelta(days=1))
    assert archived is not None
    assert archived.known_at > DAY
    found = opened(explained, store, archived)
    assert found.vintage is not None
    assert (found.vintage.origin, found.retrieved_at) == ("live", "2026-11-25")


def test_a_publisher_back_at_its_last_good_bytes_has_sent_nothing_new(
    ember: SourceFolder, store: Store, server: Publisher, body: bytes
) -> None:
    server.script = [Answer(body), *[Answer(body.replace(b"Variable,", b"Variables,", 1))] * 2]
    server.always = Answer(body)
    assert [ask(ember, store, server, days=d).what for d in range(5)] == ["new", "failed", "failed", "unchanged", "unchanged"]
    assert len(store.vintages("ember", "live")) == 2
    found = opened(ember, store, None)
    assert (found.retrieved_at, found.problem) == ("2026-11-25", "")
    then = opened(ember, store, None, DAY + timedelta(days=2))
    assert re.search(r"the vintage of 2026-11-26 \(\w{12}\) cannot be used", then.problem), "as it was told in those days"


def test_a_publisher_that_takes_a_release_back_has_sent_something_new(
    ember: SourceFolder, store: Store, server: Publisher, body: bytes
) -> None:
    server.script = [Answer(body), Answer(body.rsplit(b"\n", 2)[0] + b"\n")]
    server.always = Answer(body)
    assert [ask(ember, store, server, days=d).what for d in range(4)] == ["new", "new", "new", "unchanged"]
    assert opened(ember, store, None).retrieved_at == "2026-11-27"


def test_a_state_of_the_past_is_rebuilt_from_its_vintage(ember: SourceFolder, store: Store, server: Publisher, body: bytes) -> None:
    later = body.replace(b"TWh,", b"TWh ,", 0).rsplit(b"\n", 2)[0] + b"\n"
    server.script = [Answer(body), Answer(later)]
    assert [ask(ember, store, server, days=d).what for d in (0, 5)] == ["new", "new"]
    of = {day: opened(ember, store, None, DAY + timedelta(days=day)) for day in (1, 6)}
    (name,) = ember.tables
    assert len(of[1].load(name)) == len(of[6].load(name)) + 1
    assert of[1].vintage != of[6].vintage


def test_what_nobody_foresaw_fails_one_source_alone(ember: SourceFolder, store: Store) -> None:
    class Odd(Client):
        def get(self, *_: object, **__: object) -> Reply:
            raise UnicodeEncodeError("ascii", "caf\u00e9", 3, 4, "ordinal not in range(128)")

    with Odd(QUICK, {}) as client:
        outcome = refresh(ember, store, client, now=DAY)
    assert outcome.what == "failed"
    assert "nobody foresaw: UnicodeEncodeError" in outcome.message
    assert store.status("ember").outcome == "failed"


def test_a_contact_that_is_not_ascii_fails_that_source_alone(tmp_path: Path, server: Publisher) -> None:
    edgar = next(f for f in registry.folders() if f.id == "edgar")
    with Client(QUICK, {MIRROR: server.url, "SEC_USER_AGENT": "Zo\u00eb zoe@example.org"}) as client:
        outcome = refresh(edgar, Store(tmp_path), client, now=DAY)
    assert outcome.what == "failed"
    assert "SEC_USER_AGENT cannot be sent: text in a header or an address must be plain ASCII" in outcome.message


def test_a_server_that_drips_a_header_is_left_when_the_time_is_up(server: Publisher) -> None:
    server.always = Answer(drip=0.05)
    policy = Policy(read_seconds=5, file_seconds=0.6, usual_pause_seconds=0)
    with Client(policy, {}) as client:
        began = time.monotonic()
        with pytest.raises(FetchError, match="not complete after 1 s"):
            client.get("any", "file.csv", f"{server.url}/file.csv")
        assert time.monotonic() - began < 2
        server.always = Answer(b"a,b\n1,2\n")
        assert client.get("any", "file.csv", f"{server.url}/file.csv").payload == b"a,b\n1,2\n"


@pytest.mark.parametrize("location", ["file:///etc/hostname", "gopher://127.0.0.1/"])
def test_an_address_that_cannot_be_asked_is_asked_once(server: Publisher, location: str) -> None:
    server.always = Answer(status=302, headers={"Location": location})
    with Client(QUICK, {}) as client, pytest.raises(FetchError, match=r"no address that can be asked.*tried 1 time\)"):
        client.get("any", "file.csv", f"{server.url}/file.csv")
    assert len(server.requests) == 1


@pytest.mark.parametrize("mirror", ["localhost:8000", "//nowhere", "http://a:b"])
def test_a_malformed_mirror_is_told_at_once(mirror: str) -> None:
    with Client(QUICK, {MIRROR: mirror}) as client, pytest.raises(FetchError, match=r"no address that can be asked.*tried 1 time\)"):
        client.get("any", "file.csv", "https://example.org/file.csv")


def test_a_file_that_lost_a_fifth_of_its_rows_was_cut_at_a_line(ember: SourceFolder, store: Store, server: Publisher, body: bytes) -> None:
    lines = body.split(b"\n")
    server.script = [Answer(body), *[Answer(b"\n".join(lines[:600]) + b"\n")] * 2]
    assert ask(ember, store, server).what == "new"
    before = opened(ember, store, None)
    with Client(QUICK, {MIRROR: server.url}) as client:
        outcome = refresh(ember, store, client, before=before, now=DAY + timedelta(days=1))
        assert outcome.what == "failed"
        assert "599 rows where there were 832: cut short?" in outcome.message
        assert rows_in_use(ember, store)[1] == 832
        assert refresh(ember, store, client, now=DAY + timedelta(days=2)).what == "unchanged", "without a state before, it is taken"
    assert rows_in_use(ember, store)[1] == 599


def test_what_is_lost_within_a_fifth_is_told(ember: SourceFolder, store: Store, server: Publisher, body: bytes) -> None:
    server.script = [Answer(body), Answer(b"\n".join(body.split(b"\n")[:760]) + b"\n"), Answer(status=500)]
    assert ask(ember, store, server).less == ""
    with Client(QUICK, {MIRROR: server.url}) as client:
        outcome = refresh(ember, store, client, before=opened(ember, store, None), now=DAY + timedelta(days=1))
    assert outcome.what == "new"
    assert outcome.message.endswith("bytes; 73 rows and 65 facts fewer than the vintage before")
    server.script, server.always = [], Answer(status=404)
    assert ask(ember, store, server, days=2).what == "failed"
    assert store.status("ember").less == outcome.less, "it still holds for the vintage in use"


def test_a_renamed_variable_empties_no_graph(ember: SourceFolder, store: Store, server: Publisher, body: bytes) -> None:
    """As many rows came; the facts that were made of them are gone."""
    server.script = [Answer(body)]
    assert ask(ember, store, server).what == "new"
    before = opened(ember, store, None)
    server.always = Answer(body.replace(b",Gas,", b",Natural gas,"))
    with Client(QUICK, {MIRROR: server.url}) as client:
        outcome = refresh(ember, store, client, before=before, now=DAY + timedelta(days=1))
        assert outcome.what == "failed"
        assert "facts of 'share_gas' fell from 103 to 0, as these words are unknown: Variable 'Natural gas'" in outcome.message
        assert opened(ember, store, None).vintage == before.vintage
        taken = refresh(ember, store, client, before=before, now=DAY + timedelta(days=2), even_if_smaller=True)
    assert (taken.what, taken.less) == ("unchanged", "103 facts fewer than the vintage before")
    assert "in use from now on" in taken.message


def test_a_stored_vintage_that_was_altered_is_passed_over_and_fetched_anew(
    ember: SourceFolder, store: Store, server: Publisher, body: bytes
) -> None:
    later = body.rsplit(b"\n", 2)[0] + b"\n"
    server.script = [Answer(body), same_for('"v9"', later)]
    server.always = same_for('"v9"', later)
    assert [ask(ember, store, server, days=d).what for d in (0, 1)] == ["new", "new"]
    (stored,) = store.vintages("ember")[-1].folder.glob("*.csv")
    stored.write_bytes(stored.read_bytes().replace(b"TWh", b"TWx", 1))
    found = opened(ember, store, None)
    assert found.vintage is not None
    assert found.vintage.retrieved_at == "2026-11-25"
    assert found.damage == f"{stored} was altered since it was stored"
    assert ask(ember, store, server, days=2).what == "new"
    assert "if-none-match" not in server.requests[-1][1], "what was lost is asked for whole"
    again = opened(ember, store, None)
    assert (again.problem, again.damage) == ("", "")


def test_a_damaged_status_or_manifest_stops_nothing(ember: SourceFolder, store: Store, server: Publisher, body: bytes) -> None:
    server.always = Answer(body)
    ask(ember, store, server)
    (store.root / "ember" / "status.json").write_text("{")
    assert store.status("ember").outcome is None
    (store.vintages("ember")[0].folder / "vintage.json").write_text("{")
    assert store.vintages("ember") == []
    assert rows_in_use(ember, store)[0] == "repository"
    assert ask(ember, store, server, days=1).what == "new"


def test_a_host_is_not_asked_more_often_than_agreed(server: Publisher) -> None:
    server.always = Answer(b"a,b\n1,2\n")
    policy = Policy(usual_pause_seconds=0.2)
    with Client(policy, {}) as client:
        took = elapsed(lambda: [client.get("any", f"{k}.csv", f"{server.url}/{k}") for k in range(4)])
    assert took >= 0.6


def test_a_server_that_is_not_there_is_told_at_once(tmp_path: Path) -> None:
    with publisher() as gone:
        url = gone.url
    with Client(QUICK, {}) as client, pytest.raises(FetchError, match="no connection"):
        client.get("any", "file.csv", url)


def test_a_redirect_to_a_server_that_is_not_there_names_it_without_what_may_be_secret(server: Publisher) -> None:
    with publisher() as gone:
        target = gone.url
    server.always = Answer(status=302, headers={"Location": f"{target.replace('//', '//user:pw@')}/moved.csv?token=t0p"})
    with Client(QUICK, {}) as client, pytest.raises(FetchError) as told:
        client.get("any", "file.csv", f"{server.url}/file.csv")
    assert f"file.csv from {server.url}/file.csv, sent on to {target}/moved.csv: no connection" in str(told.value)
    assert "t0p" not in str(told.value)
    assert "pw" not in str(told.value)


def test_an_answer_behind_a_redirect_is_told_with_the_address_that_gave_it(server: Publisher) -> None:
    server.script = [Answer(status=301, headers={"Location": "/new/place.csv"})]
    with (
        Client(QUICK, {}) as client,
        pytest.raises(FetchError, match=r"sent on to http://127\.0\.0\.1:[0-9]+/new/place\.csv: the server answers 404"),
    ):
        client.get("any", "file.csv", f"{server.url}/file.csv")
