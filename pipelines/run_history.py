"""Dagster's run history in SQLite, with connections that stay open.

Dagster's own storage makes an engine, opens the file and compiles its statements anew for each of the several hundred
events of a run, which took a third of the run. Here an engine and its one connection are kept for each file, the least
recently used one being closed where there are many. Everything else is Dagster's.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage, SqliteStorageConfig
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import StaticPool

MOST_OPEN = 8
"""Files kept open: the index, the run under way, and the runs somebody looks at."""
BUSY_SECONDS = 60
"""How long to wait for another process that writes the same file."""


class EventLog(SqliteEventLogStorage):
    """One file of events for each run and an index, as Dagster keeps them."""

    def __init__(self, base_dir: str) -> None:
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        super().__init__(base_dir)

    @cached_property
    def supports_asset_checks(self) -> bool:
        """Whether the index has the table of checks: Dagster asks anew at each of them, over a connection of its own."""
        return super().supports_asset_checks

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock, self._engine(shard).begin() as connection:
            yield connection

    def _engine(self, shard: str) -> Engine:
        """The engine of a file, made and the file initialised where it is new."""
        if shard in self._engines and not Path(self.path_for_shard(shard)).exists():  # the run was deleted meanwhile
            self._engines.pop(shard).dispose()
            self._initialized_dbs.discard(shard)
        if shard not in self._engines:
            # Every use holds the lock, so the one connection may serve any thread.
            settings = {"timeout": BUSY_SECONDS, "check_same_thread": False}
            engine = create_engine(self.conn_string_for_shard(shard), poolclass=StaticPool, connect_args=settings)
            event.listen(engine, "connect", _sync_at_checkpoints)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            self._engines[shard] = engine
            if len(self._engines) > MOST_OPEN:
                self._engines.popitem(last=False)[1].dispose()
        self._engines.move_to_end(shard)
        return self._engines[shard]

    def dispose(self) -> None:
        super().dispose()
        while self._engines:
            self._engines.popitem()[1].dispose()


def _sync_at_checkpoints(connection: Any, _: Any) -> None:
    """Wait for the disk at checkpoints of the write-ahead log, not at every event: a power cut may lose the last events, no file."""
    connection.execute("pragma synchronous = normal")


class RunHistory(DagsterSqliteStorage):
    """Runs, events and schedules in one folder; named by dagster.yaml."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(base_dir, inst_data)
        self._event_log_storage = EventLog(str(Path(base_dir) / "history" / "runs"))

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData, config_value: SqliteStorageConfig) -> RunHistory:
        return cls.from_local(inst_data=inst_data, **config_value)
