"""How a column is declared: a pydantic field that always carries a unit and a description.

A `Table` is a pydantic model whose fields are columns. From the models come the CSV headers,
the DuckDB types and comments, the Dagster column schema and the data dictionary; nothing about
a column is written twice.
"""

from __future__ import annotations

import types
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal, Union, cast, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.fields import FieldInfo

NO_UNIT = "-"
"""The unit of names, ids and texts: said, not left out."""

_DUCKDB_TYPES: dict[type, str] = {
    str: "VARCHAR",
    float: "DOUBLE",
    int: "BIGINT",
    bool: "BOOLEAN",
    date: "DATE",
    datetime: "TIMESTAMP",
}


def column(description: str, unit: str = NO_UNIT, **constraints: Any) -> Any:
    """A pydantic field with a description and a unit (`-` for ids, names and texts)."""
    return Field(description=description, json_schema_extra={"unit": unit}, **constraints)


def optional(description: str, unit: str = NO_UNIT, **constraints: Any) -> Any:
    """A column that may be empty."""
    return column(description, unit, default=None, **constraints)


FORMS: dict[str, str] = {}
"""Pattern of a text -> what is said where a text has another form."""


def form(pattern: str, expected: str) -> StringConstraints:
    """The form that texts of a type have, and how a person is told that one has it not: by what was expected, not by the pattern."""
    FORMS[pattern] = expected
    return StringConstraints(pattern=pattern)


class Table(BaseModel):
    """A row of one table; the class is the table's declaration."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    table: ClassVar[str]
    """Schema-qualified name, singular: `core.share`."""
    key: ClassVar[tuple[str, ...]] = ()
    """Columns that together name a row; empty where rows have no key of their own."""


@dataclass(frozen=True)
class Column:
    """One column as the warehouse and the dictionary see it."""

    name: str
    duckdb_type: str
    nullable: bool
    unit: str
    description: str

    @property
    def comment(self) -> str:
        return self.description if self.unit == NO_UNIT else f"{self.description} [{self.unit}]"


def columns(table: type[Table]) -> tuple[Column, ...]:
    """The columns of a table: its key first, the others in declaration order.

    Raises
    ------
    TypeError
        A field has no description or no unit, or a type the warehouse does not know.
    """
    names = [*table.key, *(name for name in table.model_fields if name not in table.key)]
    return tuple(_column(table, name, table.model_fields[name]) for name in names)


def _column(table: type[Table], name: str, field: FieldInfo) -> Column:
    extra = field.json_schema_extra
    if not field.description or not isinstance(extra, dict) or not extra.get("unit"):
        raise TypeError(f"{table.__name__}.{name} needs a description and a unit: declare it with column()")
    python_type, nullable = _unwrap(field.annotation)
    if python_type not in _DUCKDB_TYPES:
        raise TypeError(f"{table.__name__}.{name} has type {python_type}, which no DuckDB type is declared for")
    return Column(name, _DUCKDB_TYPES[python_type], nullable, str(extra["unit"]), field.description)


def _unwrap(annotation: Any) -> tuple[type, bool]:
    """`str | None` -> (str, True); `Literal["a", "b"]` -> (str, False)."""
    if get_origin(annotation) in (Union, types.UnionType):
        inner = [a for a in get_args(annotation) if a is not type(None)]
        return _unwrap(inner[0])[0], True
    if get_origin(annotation) is Annotated:
        return _unwrap(get_args(annotation)[0])
    if get_origin(annotation) is Literal:
        return type(get_args(annotation)[0]), False
    return cast(type, annotation), False
