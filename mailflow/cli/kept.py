"""What a long command finds, kept in a file without a name instead of in memory, and read back in order.

`Kept` holds no more than two numbers for each value. The file lies in the system's folder for such files, belongs to this
process alone and is gone with it. Values are pickled by the same process that reads them.
"""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Iterator
from types import TracebackType
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Kept(Generic[Value]):
    """Values by a number, given back in the order of those numbers, as often as asked."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  (closed by __exit__)
        self._places: list[tuple[int, int]] = []

    def __enter__(self) -> Kept[Value]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._places)

    def add(self, number: int, value: Value) -> None:
        self._places.append((number, self._file.seek(0, 2)))
        pickle.dump(value, self._file, pickle.HIGHEST_PROTOCOL)

    def __iter__(self) -> Iterator[Value]:
        for _, place in sorted(self._places):
            self._file.seek(place)
            yield pickle.load(self._file)  # noqa: S301  (see above)
