"""What a Table Schema says, as conditions in SQL. Pure: text in, text out."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from frictionless import Field

from pipeline.confidential.storage.workspace import name, text

NAN = "\x01NaN"
"""What a number means that is none: it equals nothing, not even itself."""


def quick(field: Field) -> str:
    """A condition under which a value surely breaks nothing, so that the cell reader need not see it.

    Only for what databases and Python read alike: plain ASCII text with a plain pattern, and plain whole numbers.
    """
    column, limits = name(field.name), dict(field.constraints)
    for idle in ("required", "unique"):
        limits.pop(idle, None)  # a missing value is never quick, and keys are compared elsewhere
    present = f"NOT ({inside(field.name, missing_values(field))}) AND strlen({column}) = length({column})"
    if is_text(field) and set(limits) <= {"pattern", "minLength", "maxLength"}:
        pattern = limits.pop("pattern", None)
        if pattern is not None and not PLAIN.fullmatch(pattern):
            return "false"
        tests = [f"length({column}) >= {int(limits['minLength'])}"] if "minLength" in limits else []
        tests += [f"length({column}) <= {int(limits['maxLength'])}"] if "maxLength" in limits else []
        tests += [f"regexp_full_match({column}, {text(pattern)})"] if pattern is not None else []
        return " AND ".join([present, *tests])
    if field.type == "integer" and set(limits) <= {"minimum", "maximum"}:
        number = f"TRY_CAST({column} AS BIGINT)"
        tests = [f"regexp_full_match({column}, '0|-?[1-9][0-9]{{0,17}}')"]
        for limit, sign in (("minimum", ">="), ("maximum", "<=")):
            if limit in limits:
                if not isinstance(limits[limit], int):
                    return "false"
                tests.append(f"{number} {sign} {limits[limit]}")
        return " AND ".join([present, *tests])
    return "false"


PLAIN = re.compile(
    r"""(
        [A-Za-z0-9_\- ]                       # a letter, digit, hyphen or space stands for itself
      | \\[d.\-/]                             # a digit; a point, hyphen or slash
      | \[ ([A-Za-z0-9]-[A-Za-z0-9] | [A-Za-z0-9_])+ \]
      | \( (?!\?) [A-Za-z0-9_\-|\[\]]+ \)     # codes to choose from
    )(\{\d{1,2}(,\d{1,2})?\} | [?+*])?""".join(["(", ")+"]),
    re.VERBOSE,
)
"""Patterns that mean the same to RE2 and to `re` on ASCII text: no anchors, classes of other letters, or references."""


SCIENTIFIC, LONG, ROUNDED = r"[0-9]([.,][0-9]+)?[eE][+][0-9]{2,3}", r"[0-9]{16,}", r"[0-9]{15}0+"
"""What a spreadsheet makes of a long number (1.23E+11), such numbers, and those that it cut to the 15 digits that it keeps."""
TOO_MANY = 3
"""So many keys end in zeros beyond 15 digits, and no other key is so long: not by chance."""
ONE_SPELLING = re.compile(r"((\[([a-z0-9_-]+|[A-Z0-9_-]+)\]|\\d|[A-Za-z0-9_-])(\{\d{1,2}\})?)+")
"""Patterns that admit one spelling of a key alone: each sign of one case, none that could be left out."""


def is_plain(column: str) -> str:
    """A condition: a text of the signs from space to tilde, which the database folds as Python does."""
    return f"regexp_full_match({name(column)}, '[ -~]*')"


def meaning(cell: object) -> str | None:
    """What a cell means, as text: cells are equal where this is. Text stands for itself; the rest begins with chr(1)."""
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, (int, float, Decimal)) and math.isfinite(cell):
        return f"\x01{int(cell)}" if cell % 1 == 0 else f"\x01{Decimal(cell).normalize()}"
    if cell != cell:
        return NAN
    if isinstance(cell, (datetime.date, datetime.time)):
        return f"\x01{cell.isoformat()}"
    return f"\x01{cell!r}"


def missing_values(field: Field) -> list[str]:
    """The values that mean nothing in a field."""
    schema = None if field.has_defined("missing_values") else field.schema
    return list(schema.missing_values if schema else field.missing_values)


def is_text(field: Field) -> bool:
    return bool(field.type == "string" and field.format == "default")


def inside(column: str, values: Sequence[str]) -> str:
    return f"{name(column)} IN ({', '.join(map(text, values))})" if values else "false"


def matches(condition: Mapping[str, Mapping[str, Sequence[str]]]) -> str:
    tests = [
        inside(column, codes) if word == "in" else f"NOT ({inside(column, codes)})"
        for column, test in condition.items()
        for word, codes in test.items()
    ]
    return f"({' AND '.join(tests)})" if tests else "true"


def united(columns: Iterable[str]) -> str:
    """Several columns as one text, in SQL."""
    return f"concat_ws(chr(31), {', '.join(f'coalesce({each}, chr(2))' for each in columns)})"


def all_null(count: int) -> str:
    return " AND ".join(f"k{n} IS NULL" for n in range(count))


def comparable(count: int) -> str:
    """Condition: a key that may equal another; not an empty one, nor one with a number that is none."""
    numbers = "".join(f" AND k{n} IS DISTINCT FROM {text(NAN)}" for n in range(count))
    return f"NOT ({all_null(count)}){numbers}"
