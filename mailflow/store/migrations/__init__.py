"""Alembic migrations, inside the package so that they work from the wheel.

`KNOWN` names every revision this code understands, oldest first; `open_store` compares it with the database before it
loads Alembic at all. A test holds it equal to the scripts in `versions/`.
"""

KNOWN = (
    "0001",
    "0002",
    "0003",
    "0004",
    "0005",
    "0006",
    "0007",
    "0008",
    "0009",
    "0010",
    "0011",
    "0012",
    "0013",
    "0014",
    "0015",
)
HEAD = KNOWN[-1]
