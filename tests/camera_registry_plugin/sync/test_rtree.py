"""The packed R-tree: SQLite accepts it and finds the same points as a plain scan."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from camera_registry_plugin.sync import rtree


def filled(x: np.ndarray, y: np.ndarray, page_size: int = 4096) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute(f"PRAGMA page_size = {page_size}")
    connection.execute("CREATE VIRTUAL TABLE r USING rtree(id, minx, maxx, miny, maxy)")
    nodes, rowids, parents = rtree.pack(np.arange(1, len(x) + 1), rtree.outward_float32(x, y), page_size)
    connection.executemany("INSERT OR REPLACE INTO r_node VALUES (?, ?)", nodes)
    connection.executemany("INSERT INTO r_rowid VALUES (?, ?)", rowids)
    connection.executemany("INSERT INTO r_parent VALUES (?, ?)", parents)
    return connection


@pytest.mark.parametrize("count", [0, 1, 50, 51, 52, 51 * 51, 51 * 51 + 1, 20_000])
@pytest.mark.parametrize("page_size", [1024, 4096])
def test_sqlite_accepts_the_tree_and_finds_every_point_in_a_box(count: int, page_size: int) -> None:
    random = np.random.default_rng(count)
    x, y = random.uniform(-180, 180, count), random.uniform(-90, 90, count)
    with closing(filled(x, y, page_size)) as connection:
        assert rtree.check(connection, "r") == "ok"
        box = "SELECT id FROM r WHERE maxx >= -30 AND minx <= 40 AND maxy >= -10 AND miny <= 50"
        found = {row[0] for row in connection.execute(box)}
    truth = set((np.flatnonzero((x >= -30) & (x <= 40) & (y >= -10) & (y <= 50)) + 1).tolist())
    assert truth <= found
    assert len(found - truth) <= 2  # float32 bounds reach a metre further


def test_the_tree_has_the_node_size_that_sqlite_chooses() -> None:
    for page_size in (512, 1024, 4096, 65536):
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.execute(f"PRAGMA page_size = {page_size}")
            connection.execute("CREATE VIRTUAL TABLE r USING rtree(id, minx, maxx, miny, maxy)")
            length = connection.execute("SELECT length(data) FROM r_node").fetchone()[0]
        assert rtree.node_bytes(page_size) == length


def test_sqlite_can_go_on_editing_a_packed_tree() -> None:
    x = np.linspace(0, 1, 5000)
    with closing(filled(x, x[::-1].copy())) as connection:
        connection.execute("DELETE FROM r WHERE id % 3 = 0")
        connection.executemany("INSERT INTO r VALUES (?, 2, 2, 2, 2)", [(number,) for number in range(6000, 6200)])
        assert rtree.check(connection, "r") == "ok"


@given(st.lists(st.floats(-180, 180), min_size=1, max_size=50))
def test_bounds_never_lie_inside_the_truth(values: list[float]) -> None:
    x = np.array(values)
    bounds = rtree.outward_float32(x, -x).astype(float)
    assert (bounds[:, 0] <= x).all()
    assert (bounds[:, 1] >= x).all()
    assert (bounds[:, 2] <= -x).all()
    assert (bounds[:, 3] >= -x).all()
    assert np.allclose(bounds[:, 0], x, rtol=1e-6, atol=1e-30)
