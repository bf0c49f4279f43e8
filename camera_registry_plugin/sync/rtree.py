"""Packs points into the shadow tables of an SQLite R-tree at once, instead of inserting them one by one.

Sort-tile-recursive packing: Leutenegger, Lopez and Edgington, "STR: a simple and efficient algorithm for
R-tree packing", ICDE 1997. The layout of a node is that of SQLite's ext/rtree: two bytes of depth (used in
the root, which is node 1), two bytes with the number of cells, then cells of 24 bytes, all big-endian.
"""

from __future__ import annotations

import math
import sqlite3
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ROOT_NODE = 1
MAX_CELLS = 51
CELL_BYTES = 24


def node_bytes(page_size: int) -> int:
    """Size in bytes of every node of a two-dimensional R-tree in a database with pages of `page_size` bytes."""
    return min(page_size - 64, 4 + MAX_CELLS * CELL_BYTES)


def outward_float32(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float32]:
    """Bounds of points as float32, never inside the float64 truth.

    `x` and `y` have shape (n,); the result has shape (n, 4) with the columns minx, maxx, miny, maxy.
    """
    import numpy as np

    bounds = np.empty((len(x), 4), dtype=np.float32)
    for column, values in ((0, x), (2, y)):
        nearest = values.astype(np.float32)
        bounds[:, column] = np.where(nearest > values, np.nextafter(nearest, np.float32(-np.inf)), nearest)
        bounds[:, column + 1] = np.where(nearest < values, np.nextafter(nearest, np.float32(np.inf)), nearest)
    return bounds


def tile_order(bounds: NDArray[np.float32], cells: int) -> NDArray[np.intp]:
    """Order of the boxes (n, 4) in which consecutive runs of `cells` boxes lie close together."""
    import numpy as np

    count = len(bounds)
    slices = math.ceil(math.sqrt(math.ceil(count / cells)))
    by_x = np.argsort(bounds[:, 0], kind="stable")
    slice_of = np.empty(count, dtype=np.int64)
    slice_of[by_x] = np.arange(count) // (slices * cells)
    order: NDArray[np.intp] = np.lexsort((bounds[:, 2], slice_of))
    return order


def pack(
    ids: NDArray[np.int64], bounds: NDArray[np.float32], page_size: int
) -> tuple[list[tuple[int, bytes]], list[tuple[int, int]], list[tuple[int, int]]]:
    """Rows for the three shadow tables of an R-tree over boxes.

    `ids` has shape (n,), `bounds` shape (n, 4) as float32. Returns (node number, blob), (row id, leaf node) and
    (node number, parent node). No box at all gives the empty root that SQLite itself makes.
    """
    import numpy as np

    size = node_bytes(page_size)
    cells = (size - 4) // CELL_BYTES
    nodes: list[tuple[int, bytes]] = []
    rowids: list[tuple[int, int]] = []
    parents: list[tuple[int, int]] = []
    next_node = ROOT_NODE + 1
    depth = 0
    while True:
        order = tile_order(bounds, cells) if len(ids) else np.empty(0, dtype=np.int64)
        ids, bounds = ids[order], bounds[order]
        is_root = len(ids) <= cells
        count = max(1, math.ceil(len(ids) / cells))
        numbers = np.array([ROOT_NODE]) if is_root else np.arange(next_node, next_node + count)
        next_node += count
        nodes.extend(zip(numbers.tolist(), _blobs(ids, bounds, cells, size, depth if is_root else 0)))
        homes = np.repeat(numbers, cells)[: len(ids)]
        (parents if depth else rowids).extend(zip(ids.tolist(), homes.tolist()))
        if is_root:
            return nodes, rowids, parents
        ids, bounds = numbers, _enclosing(bounds, cells)
        depth += 1


def _enclosing(bounds: NDArray[np.float32], cells: int) -> NDArray[np.float32]:
    """The box around each run of `cells` boxes."""
    import numpy as np

    starts = np.arange(0, len(bounds), cells)
    around = np.empty((len(starts), 4), dtype=np.float32)
    for column, reduce in ((0, np.minimum), (1, np.maximum), (2, np.minimum), (3, np.maximum)):
        around[:, column] = reduce.reduceat(bounds[:, column], starts)
    return around


def _blobs(ids: NDArray[np.int64], bounds: NDArray[np.float32], cells: int, size: int, depth: int) -> list[bytes]:
    """The blobs of one level, each `size` bytes, from runs of `cells` entries."""
    import numpy as np

    count = max(1, math.ceil(len(ids) / cells))
    cell: Any = np.dtype([("id", ">i8"), ("bounds", ">f4", (4,))])
    table = np.zeros(count * cells, dtype=cell)
    table["id"][: len(ids)] = ids
    table["bounds"][: len(ids)] = bounds
    filled = np.full(count, cells, dtype=">u2")
    filled[-1] = len(ids) - (count - 1) * cells
    raw = np.zeros((count, size), dtype=np.uint8)
    raw[:, 0:2] = np.frombuffer(depth.to_bytes(2, "big"), dtype=np.uint8)
    raw[:, 2:4] = filled.view(np.uint8).reshape(count, 2)
    raw[:, 4 : 4 + cells * CELL_BYTES] = table.view(np.uint8).reshape(count, cells * CELL_BYTES)
    return [node.tobytes() for node in raw]


def check(connection: sqlite3.Connection, table: str) -> str:
    """SQLite's own verdict on an R-tree: "ok", or what is wrong with it."""
    return str(connection.execute("SELECT rtreecheck('main', ?)", (table,)).fetchone()[0])
