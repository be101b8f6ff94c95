from __future__ import annotations

import numpy as np

from sparkfl.privacy.screen import constant, too_small


def test_stores_whose_rows_are_all_equal_are_found() -> None:
    varied = np.arange(40.0).reshape(20, 2)
    nearly = np.ones((20, 2))
    nearly[-1, -1] = np.nextafter(1.0, 2.0)
    stores = np.stack([varied, np.ones((20, 2)), nearly, np.tile([1.0, 2.0], (20, 1))])
    assert constant(stores.transpose(0, 2, 1)).tolist() == [False, True, False, True]


def test_stores_need_more_rows_than_clusters_and_a_whole_cluster() -> None:
    assert too_small(np.array([9, 10, 12, 13]), 12, 10).tolist() == [True, True, True, False]
