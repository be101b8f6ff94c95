from __future__ import annotations

import numpy as np

from sparkfl.privacy.screen import screen, too_small


def test_screen_names_what_is_wrong() -> None:
    good = np.arange(40.0).reshape(20, 2)
    bad = [np.where(good == 7, value, good) for value in (np.nan, np.inf, -np.inf)]
    verdicts = screen(np.stack([good, np.ones((20, 2)), *bad]).transpose(0, 2, 1))
    assert verdicts == ["ok", "constant", *["rejected_nonfinite"] * 3]
    assert too_small(np.array([9, 10, 12, 13]), 12, 10).tolist() == [True, True, True, False]
