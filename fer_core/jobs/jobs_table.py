"""The table of jobs, one column for each field of a job; tables of earlier versions are brought to this one."""

from __future__ import annotations

from dataclasses import MISSING, fields

from sqlalchemy import Column, Connection, Float, Index, Integer, MetaData, String, Table, inspect, text

from fer_core.jobs.job import Job

_SQL_TYPES = {"str": String, "State": String, "int": Integer, "float": Float}
TABLE = Table(
    "jobs",
    MetaData(),
    *(
        Column(
            field.name,
            _SQL_TYPES[str(field.type)],
            primary_key=field.name == "id",
            unique=field.name == "variant_id",
            nullable=False,
        )
        for field in fields(Job)
    ),
    Index("jobs_by_state", "state"),
)


def add_missing_columns(connection: Connection) -> None:
    """A table of an earlier version lacks what jobs have come to say since: it gets it, with its defaults."""
    there = {column["name"] for column in inspect(connection).get_columns(TABLE.name)}
    for field in fields(Job):
        if field.name not in there and field.default is not MISSING:
            column = TABLE.c[field.name]
            kind = column.type.compile(connection.dialect)
            default = f"'{field.default}'" if isinstance(field.default, str) else repr(field.default)
            connection.execute(
                text(f"ALTER TABLE {TABLE.name} ADD COLUMN {field.name} {kind} NOT NULL DEFAULT {default}")
            )
