"""The names in the root storage of an OLE compound file ([MS-CFB]), which tell what kind of document it is.

In: bytes. Out: the names in lower case, or None where the structure can't be followed. Reads the directory only; each
chain is bounded by the size of the file, so loops end. Never raises.
"""

from __future__ import annotations

import struct

_END = 0xFFFFFFFA  # FREESECT, ENDOFCHAIN and the reserved values lie above
_ENTRY = 128
_ENTRIES = 4_096


def root_entries(content: bytes) -> frozenset[str] | None:
    """Names of the streams and storages directly below the root."""
    try:
        directory = _directory(content)
    except (struct.error, IndexError, ValueError):
        return None
    if len(directory) < _ENTRY:
        return None
    names: set[str] = set()
    todo = [struct.unpack_from("<I", directory, 76)[0]]  # the root's child
    seen: set[int] = set()
    while todo and len(seen) < _ENTRIES:
        index = todo.pop()
        at = index * _ENTRY
        if index >= _END or index in seen or at + _ENTRY > len(directory):
            continue
        seen.add(index)
        length, left, right = struct.unpack_from("<H2xII", directory, at + 64)
        names.add(directory[at : at + max(min(length, 64) - 2, 0)].decode("utf-16-le", "replace").lower())
        todo += (left, right)
    return frozenset(names)


def _directory(content: bytes) -> bytes:
    shift = struct.unpack_from("<H", content, 30)[0]
    if shift not in (9, 12):
        raise ValueError("sector size")
    size = 1 << shift
    most = len(content) // size + 1
    fat_count, sector = struct.unpack_from("<II", content, 44)
    difat, difat_next = list(struct.unpack_from("<109I", content, 76)), struct.unpack_from("<I", content, 68)[0]
    while difat_next < _END and len(difat) < most + 109:
        block = struct.unpack_from(f"<{size // 4}I", content, (difat_next + 1) * size)
        difat += block[:-1]
        difat_next = block[-1]
    fat_sectors = difat[: min(fat_count, most)]
    out: list[bytes] = []
    while sector < _END and len(out) < min(most, _ENTRIES * _ENTRY // size):
        at = (sector + 1) * size
        out.append(content[at : at + size])
        block_at = fat_sectors[sector // (size // 4)]
        sector = struct.unpack_from("<I", content, (block_at + 1) * size + 4 * (sector % (size // 4)))[0]
    return b"".join(out)
