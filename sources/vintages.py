"""The store of vintages: the bytes of every fetch that brought something new, and when it was.

    <root>/<source>/20261126T051500Z-3f2a9c.../    the files of one vintage, and vintage.json
    <root>/<source>/status.json                    the last attempt, and vintages that could not be read

Bytes are stored before they are parsed. A vintage is written beside its place and moved there at once, so that there are
no half ones; it is never changed. What the repository itself ships is a vintage too, archived here in the form of its raw
tables when it is first seen, so that a state of the past can be rebuilt after the repository has moved on.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from sources.client import Validators
from sources.connector import Files
from sources.errors import Damaged, Problem

Origin = Literal["live", "repository", "unknown"]
"""`unknown`: its manifest was damaged, and nothing else says where it came from."""
STAMP = "%Y%m%dT%H%M%SZ"
MANIFEST = "vintage.json"


@dataclass(frozen=True)
class Payload:
    """One file of a vintage, and what its server said of it."""

    name: str
    sha256: str
    size: int
    etag: str | None = None
    last_modified: str | None = None

    @property
    def validators(self) -> Validators:
        return Validators(self.etag, self.last_modified)


@dataclass(frozen=True)
class Vintage:
    """A state of a source.

    known_at : when stackgraph could know it (UTC); retrieved_at : ISO date on which the bytes were read at the publisher
    """

    source_id: str
    origin: Origin
    known_at: datetime
    retrieved_at: str
    sha256: str
    payloads: tuple[Payload, ...]
    folder: Path = field(compare=False)

    def files(self) -> dict[str, bytes]:
        """Its files' bytes; Damaged where one is gone or not as it was when it was stored."""
        if wrong := self.damage():
            raise Damaged([Problem(str(path), 1, "-", what) for path, what in wrong.items()])
        return {p.name: (self.folder / p.name).read_bytes() for p in self.payloads}

    def damage(self) -> dict[Path, str]:
        """What is wrong with each file that is not as it was stored; empty for a sound vintage."""
        if self.origin == "unknown":
            return {self.folder / MANIFEST: "lost or damaged"}
        broken = [self.folder / p.name for p in self.payloads if not self.is_whole(p)]
        return {path: "altered since it was stored" if path.is_file() else "lost" for path in broken}

    def is_whole(self, payload: Payload) -> bool:
        """Whether a file's bytes are those that were stored."""
        path = self.folder / payload.name
        if not path.is_file():
            return False
        now = path.stat()
        return _hash_of_file(path, (now.st_dev, now.st_ino, now.st_mtime_ns, now.st_size)) == payload.sha256

    @property
    def size(self) -> int:
        return sum(p.size for p in self.payloads)


@dataclass(frozen=True)
class Status:
    """The last attempt to refresh a source, and which of its vintages cannot be read and why.

    last_good_check : when the publisher's state was last found to be a vintage here; last_good_vintage : the hash of that one
    less : what that vintage has less of than the one before it, where it was new with that check, or ''
    """

    checked_at: str | None = None
    outcome: Literal["new", "unchanged", "failed", "not asked"] | None = None
    message: str = ""
    last_good_check: str | None = None
    last_good_vintage: str | None = None
    unreadable: Mapping[str, str] = field(default_factory=dict)
    less: str = ""


def content_hash(files: Files) -> str:
    """Hash over names and contents: two fetches with the same files are one vintage."""
    return _hash({name: hashlib.sha256(content).digest() for name, content in files.items()})


_hashed: dict[tuple[int, ...], str] = {}


def _hash_of_file(path: Path, state: tuple[int, ...]) -> str:
    """Hash of a file; files of several vintages that are one file on disk are read once in a process."""
    if state not in _hashed:
        _hashed[state] = hashlib.sha256(path.read_bytes()).hexdigest()
    return _hashed[state]


def _hash(digests: Mapping[str, bytes]) -> str:
    """Hash over file names and the hashes of their contents."""
    whole = hashlib.sha256()
    for name in sorted(digests):
        whole.update(name.encode() + b"\0" + digests[name])
    return whole.hexdigest()


class Store:
    """All vintages of all sources, in one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def vintages(self, source_id: str, origin: Origin | None = None) -> list[Vintage]:
        """The vintages of a source, oldest first, without those whose manifest was damaged."""
        return [v for v in self.kept(source_id) if v.origin != "unknown" and origin in (None, v.origin)]

    def kept(self, source_id: str) -> list[Vintage]:
        """Every vintage of a source, oldest first, damaged or not."""
        found = [_read(source_id, path) for path in (self.root / source_id).glob("*-*") if path.is_dir() and not _is_draft(path)]
        return sorted((v for v in found if v is not None), key=lambda v: (v.known_at, v.sha256))

    def newest(self, source_id: str, origin: Origin | None = None) -> Vintage | None:
        """The newest vintage of a source, or None."""
        found = self.vintages(source_id, origin)
        return found[-1] if found else None

    def add(
        self,
        source_id: str,
        files: Files,
        origin: Origin,
        known_at: datetime,
        retrieved_at: str,
        validators: Mapping[str, Validators] | None = None,
    ) -> Vintage:
        """Store a vintage and return it. Files that an earlier vintage has with the same bytes take no further space."""
        sha256 = content_hash(files)
        target = self.root / source_id / f"{known_at.strftime(STAMP)}-{sha256[:12]}"
        payloads = []
        earlier = {p.sha256: v.folder / p.name for v in self.vintages(source_id) for p in v.payloads}
        for left in filter(_is_draft, target.parent.glob(".*")):  # by a refresh that was interrupted
            shutil.rmtree(left, ignore_errors=True)
        draft = target.with_name(f".{target.name}.draft")
        draft.mkdir(parents=True)
        for name, content in sorted(files.items()):
            told = (validators or {}).get(name, Validators())
            one = Payload(name, hashlib.sha256(content).hexdigest(), len(content), told.etag, told.last_modified)
            _place(draft / name, content, earlier.get(one.sha256))
            payloads.append(one)
        vintage = Vintage(source_id, origin, known_at, retrieved_at, sha256, tuple(payloads), target)
        said = {"source_id": source_id, "origin": origin, "known_at": known_at.isoformat(), "retrieved_at": retrieved_at, "sha256": sha256}
        (draft / MANIFEST).write_text(json.dumps({**said, "files": [asdict(p) for p in payloads]}, indent=1), encoding="utf-8")
        if target.exists():  # the same bytes in the same second, unless what is there was damaged
            shutil.rmtree(target)
        draft.rename(target)
        return vintage

    def status(self, source_id: str) -> Status:
        """The last attempt; empty where there was none."""
        try:
            return Status(**json.loads((self.root / source_id / "status.json").read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):  # never asked, or a file that was damaged: the next attempt writes it anew
            return Status()

    def note(self, source_id: str, status: Status) -> None:
        """Keep what the last attempt came to."""
        path = self.root / source_id / "status.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(status), indent=1), encoding="utf-8")
        draft.replace(path)


def _place(path: Path, content: bytes, same: Path | None) -> None:
    """Write a file, or link it to one with the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if same is not None and same.is_file() and same.read_bytes() == content:
        try:
            os.link(same, path)
        except OSError:  # a file system without links
            pass
        else:
            return
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _is_draft(folder: Path) -> bool:
    return folder.name.startswith(".") and folder.name.endswith(".draft")


def _read(source_id: str, folder: Path) -> Vintage | None:
    """The vintage in a folder, of unknown origin where its manifest was damaged; None for a folder that is no vintage's."""
    stamp, _, short = folder.name.partition("-")
    try:
        known_at = datetime.strptime(stamp, STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None
    try:
        said: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        payloads = tuple(Payload(**p) for p in said["files"])
        known = Vintage(
            source_id, said["origin"], datetime.fromisoformat(said["known_at"]), said["retrieved_at"], said["sha256"], payloads, folder
        )
        sound = known.origin in ("live", "repository") and known.sha256 == _hash({p.name: bytes.fromhex(p.sha256) for p in payloads})
    except (OSError, ValueError, KeyError, TypeError):
        sound = False
    return known if sound else Vintage(source_id, "unknown", known_at, known_at.date().isoformat(), short, (), folder)


def start_of(day: str) -> datetime:
    """The first moment of an ISO date, UTC."""
    return datetime.fromisoformat(day).replace(tzinfo=UTC)
