"""Keys of publishers go onto the wire, and nowhere else: not into a file, a message, or along to another host."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sources import registry
from sources.answers import FetchError
from sources.client import MIRROR, Client, Reply, Validators
from sources.keys import KeyUnfit
from sources.refresh import refresh
from sources.vintages import Store
from tests.publisher import DAY, QUICK, Answer, Publisher, publisher


@pytest.fixture
def server() -> Iterator[Publisher]:
    with publisher() as found:
        yield found


def test_a_key_goes_onto_the_wire_and_nowhere_else(tmp_path: Path, server: Publisher) -> None:
    eia = next(f for f in registry.folders() if f.id == "eia")
    store = Store(tmp_path)
    server.always = Answer(status=500)
    with Client(QUICK, {MIRROR: server.url, "EIA_API_KEY": "s3cret"}) as client:
        outcome = refresh(eia, store, client, now=DAY)
    assert "api_key=s3cret" in server.requests[0][0]
    written = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    assert b"s3cret" not in written
    assert "s3cret" not in outcome.message


def test_without_its_key_a_source_says_which_and_nobody_is_asked(tmp_path: Path, server: Publisher) -> None:
    eia = next(f for f in registry.folders() if f.id == "eia")
    with Client(QUICK, {MIRROR: server.url}) as client:
        outcome = refresh(eia, Store(tmp_path), client, now=DAY)
    assert outcome.what == "not asked"
    assert "needs EIA_API_KEY" in outcome.message
    assert server.requests == []


def test_a_key_that_is_repeated_in_an_answer_is_not_stored(tmp_path: Path, server: Publisher) -> None:
    eia = next(f for f in registry.folders() if f.id == "eia")
    server.always = Answer(b'{"error": "no such series", "request": "?api_key=s3cret"}')
    with Client(QUICK, {MIRROR: server.url, "EIA_API_KEY": "s3cret"}) as client:
        outcome = refresh(eia, Store(tmp_path), client, now=DAY)
    assert outcome.what == "failed"
    written = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    assert b"s3cret" not in written + outcome.message.encode()


def test_a_key_in_a_header_does_not_go_along_to_another_host(server: Publisher) -> None:
    with publisher() as elsewhere, Client(QUICK, {"KEY": "s3cret"}) as client:
        elsewhere.always = Answer(b"a,b\n1,2\n")
        server.always = Answer(status=302, headers={"Location": elsewhere.url.replace("127.0.0.1", "localhost") + "/file.csv"})
        reply = client.get("any", "file.csv", f"{server.url}/file.csv", key=("X-Key", "KEY"))
        assert reply.payload == b"a,b\n1,2\n"
        assert server.requests[0][1]["x-key"] == "s3cret"
        assert "x-key" not in elsewhere.requests[0][1]


def test_a_key_in_a_header_does_not_go_along_to_another_port(server: Publisher) -> None:
    with publisher() as elsewhere, Client(QUICK, {"KEY": "s3cret"}) as client:
        elsewhere.always = Answer(b"a,b\n1,2\n")
        server.always = Answer(status=302, headers={"Location": f"{elsewhere.url}/file.csv"})
        client.get("any", "file.csv", f"{server.url}/file.csv", key=("X-Key", "KEY"))
        assert "x-key" not in elsewhere.requests[0][1]


def test_a_key_loses_the_line_break_it_was_copied_with(server: Publisher) -> None:
    server.always = Answer(b"a,b\n1,2\n")
    with Client(QUICK, {"KEY": " s3cret\r\n"}) as client:
        client.get("any", "file.csv", f"{server.url}/file.csv", key=("X-Key", "KEY"))
        client.get("any", "file.csv", f"{server.url}/file.csv", key=("key", "KEY"))
    assert server.requests[0][1]["x-key"] == "s3cret"
    assert server.requests[1][0] == "/file.csv?key=s3cret"


@pytest.mark.parametrize("secret", ["s3\ncret", "s3\tcret", "s3cr\u00e9t", "s3\x7fcret", "s3\udce9cret"])
@pytest.mark.parametrize("name", ["X-Key", "key"])
def test_a_key_that_cannot_be_sent_is_told_by_its_variable_alone(server: Publisher, secret: str, name: str) -> None:
    with Client(QUICK, {"KEY": secret}) as client, pytest.raises(KeyUnfit) as told:
        client.get("any", "file.csv", f"{server.url}/file.csv", key=(name, "KEY"))
    assert "variable KEY cannot be sent" in str(told.value)
    assert "s3" not in str(told.value)
    assert server.requests == []


@pytest.mark.parametrize(
    "written",
    ['S3/Cr "&t', 's3/cr "&T', "S3%2FCr%20%22%26t", "S3%2fCr+%22%26t", r"S3\/Cr \"&t", r"S3\u002fCr \"\u0026t", "S3/Cr &quot;&amp;t"],
    ids=["as it is", "in other case", "in an address", "in a form", "in JSON", "in JSON by number", "in HTML"],
)
def test_a_key_is_hidden_however_it_is_repeated(server: Publisher, written: str) -> None:
    title = f"<html><title>no access for {written}</title></html>".encode()
    body = f"a,b\n{written},2\n".encode()
    tags = {"ETag": f'"{written}"', "Last-Modified": written}
    server.script = [Answer(title), Answer(body, headers=tags), Answer(f"PK {written}".encode())]
    with Client(QUICK, {"KEY": 'S3/Cr "&t'}) as client:
        with pytest.raises(FetchError, match=r"no access for \(key\)"):
            client.get("any", "file.csv", f"{server.url}/file.csv", key=("key", "KEY"))
        reply = client.get("any", "file.csv", f"{server.url}/file.csv", key=("key", "KEY"))
        assert reply == Reply(b"a,b\n(key),2\n", Validators(None, None))
        with pytest.raises(FetchError, match=r"begin with b'PK \(key\)'"):
            client.get("any", "file.csv", f"{server.url}/file.csv", key=("key", "KEY"))
