"""The jobs' database: SQLite in FER_HOME for one machine, PostgreSQL where several share their jobs.

Every change is one conditional statement (a compare and swap on state and attempt), so neither a lost
race nor a process that outlived its attempt can overwrite what came after it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import lru_cache

from filelock import FileLock
from sqlalchemy import (
    Connection,
    Engine,
    create_engine,
    event,
    func,
    inspect,
    select,
)
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from fer_core import paths
from fer_core.errors import JobStoreError, UnknownJobError
from fer_core.jobs.job import Job
from fer_core.jobs.jobs_table import TABLE, add_missing_columns
from fer_core.jobs.recovering import lost_jobs
from fer_core.jobs.states import TRANSITIONS, State

#: How long a writer waits for another one, and a connection for the server, before it is given up.
BUSY_S = 15
#: Numbers of PostgreSQL's advisory locks, which it keeps per database.
_MAKING_TABLES = 2013_01
_ALONE_AT = {"look": 2013_02, "mirror": 2013_03}


class JobStore:
    """All jobs of one database; safe to share between threads.

    Every method raises JobStoreError where the database can't be reached, read or written.
    """

    def __init__(self, url: str, recovered: Callable[[], Iterable[Job]] = tuple) -> None:
        """Open the database of ``url`` and bring its table to this version.

        ``recovered`` lists the jobs that a new, empty database begins with.
        """
        self.url = url
        self._engine = _engine(url)
        with _translated(url), _alone(url):
            with self._engine.begin() as connection:
                if self.shared:
                    connection.execute(select(func.pg_advisory_xact_lock(_MAKING_TABLES)))
                is_new = not inspect(connection).has_table(TABLE.name)
                TABLE.metadata.create_all(connection)
                if not is_new:
                    add_missing_columns(connection)
            for job in recovered() if is_new else ():
                self.add(job)

    @property
    def shared(self) -> bool:
        """Whether other machines may have jobs in it."""
        return self._engine.dialect.name != "sqlite"

    def add(self, job: Job) -> bool:
        """Insert a job; False where its id or its variant's id is taken."""
        with _translated(self.url):
            try:
                with self._engine.begin() as connection:
                    connection.execute(TABLE.insert().values(**asdict(job)))
            except IntegrityError:
                return False
        return True

    def get(self, job_id: str) -> Job:
        """One job; UnknownJobError names the near ids."""
        with self._reading() as connection:
            row = connection.execute(select(TABLE).where(TABLE.c.id == job_id)).one_or_none()
            if row is None:
                raise UnknownJobError(job_id, connection.scalars(select(TABLE.c.id)))
        return _job(row)

    def list_jobs(self, states: Iterable[State] = tuple(State)) -> list[Job]:
        """The jobs in these states, in the order in which they are to be started."""
        query = (
            select(TABLE)
            .where(TABLE.c.state.in_([str(state) for state in states]))
            .order_by(TABLE.c.priority.desc(), TABLE.c.queued_at, TABLE.c.id)
        )
        with self._reading() as connection:
            return [_job(row) for row in connection.execute(query)]

    def move(self, seen: Job, state: State, **changes: object) -> Job | None:
        """Take ``seen`` to another state if it still stands as seen; None where it does not.

        Args:
            seen: a snapshot; its state and attempt are the condition.
            state: one of ``TRANSITIONS[seen.state]``.
            **changes: other columns to set with it.
        """
        if state not in TRANSITIONS[seen.state]:
            raise ValueError(f"a job can't go from {seen.state} to {state}")
        moved = replace(seen, state=state, **changes)
        statement = _as_seen(TABLE.update(), seen).values(state=str(state), **changes)
        return moved if self._changed(statement) else None

    def remove(self, seen: Job) -> bool:
        """Forget a job if it still stands as seen."""
        return self._changed(_as_seen(TABLE.delete(), seen))

    @contextmanager
    def alone_at(self, work: str) -> Iterator[bool]:
        """Whether no other runner, on any machine, is in here for the same work; of many, one is let in.

        SQLite has one runner by the lock of its FER_HOME, so there it always is alone. What a runner held
        is free again at the latest when its connection is gone.

        Args:
            work: ``look`` after the jobs of a cluster, or ``mirror`` all jobs.
        """
        if not self.shared:
            yield True
            return
        with self._reading() as connection:
            yield bool(connection.scalar(select(func.pg_try_advisory_xact_lock(_ALONE_AT[work]))))

    def close(self) -> None:
        """Close the connections that no thread is using."""
        self._engine.dispose()

    def _changed(self, statement) -> bool:
        with _translated(self.url), self._engine.begin() as connection:
            return connection.execute(statement).rowcount == 1

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with _translated(self.url), self._engine.connect() as connection:
            yield connection


def open_store(url: str | None = None) -> JobStore:
    """The store of this FER_HOME, or of ``FER_JOBS_DATABASE`` where that is set; opened once per process."""
    url = url or os.environ.get(paths.JOBS_VARIABLE)
    if url:
        return _opened(url, 0)
    file = paths.jobs_database()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists() or not file.stat().st_size:
            _opened.cache_clear()  # moved away or emptied since: an inode alone may be given out again
        file.touch()
    except OSError as error:
        raise JobStoreError(f"{file} can't be written: {error.strerror}.") from error
    return _opened(f"sqlite:///{file.absolute()}", file.stat().st_ino, lost_jobs)


@lru_cache(maxsize=8)
def _opened(url: str, file_number: int, recovered: Callable[[], Iterable[Job]] = tuple) -> JobStore:
    """``file_number`` differs once the database has been deleted and made anew."""
    return JobStore(url, recovered)


def _engine(url: str) -> Engine:
    with _translated(url):
        if not url.startswith("sqlite"):
            patience = {"connect_timeout": BUSY_S} if url.startswith("postgresql") else {}
            return create_engine(url, pool_pre_ping=True, connect_args=patience)
        engine = create_engine(url, connect_args={"timeout": BUSY_S})
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection, _record) -> None:
    """Readers never wait for a writer, and what was committed outlives a power cut."""
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


@contextmanager
def _alone(url: str) -> Iterator[None]:
    """Two processes that make the file and its tables at once would trip over each other."""
    if not url.startswith("sqlite:///"):
        yield
        return
    with FileLock(f"{url.removeprefix('sqlite:///')}.lock", timeout=BUSY_S):
        yield


@contextmanager
def _translated(url: str) -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, ImportError) as error:
        cause = " ".join(str(getattr(error, "orig", None) or error).split()).rstrip(".")
        place = url.rpartition("@")[2] if "@" in url else url.removeprefix("sqlite:///")
        raise JobStoreError(
            f"The jobs' database {place} can't be used: {cause}{_way_back(url, cause)}."
        ) from error


def _way_back(url: str, cause: str) -> str:
    """What to do about a damaged file."""
    damaged = url.startswith("sqlite") and re.search(r"not a database|malformed|corrupt", cause)
    return "; move the file away, and the jobs are listed again from their folders in runs" if damaged else ""


def _as_seen(statement, seen: Job):
    return statement.where(
        TABLE.c.id == seen.id, TABLE.c.attempt == seen.attempt, TABLE.c.state == str(seen.state)
    )


def _job(row) -> Job:
    try:
        return Job(**{**row._mapping, "state": State(row.state)})
    except (ValueError, TypeError) as error:  # another state, or a column more
        raise JobStoreError(
            f"{row.id} was written by a newer version of Faceoff, which this one can't read: use that one."
        ) from error
