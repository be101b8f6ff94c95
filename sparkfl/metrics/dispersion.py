"""How wide clusters are for their distance from each other."""

from __future__ import annotations

import numpy as np

from sparkfl.local.stores import slices
from sparkfl.metrics.silhouette import sums
from sparkfl.statistics.summary import Matrix

__all__ = ["dispersion"]


def dispersion(columns: Matrix, labels: Matrix) -> tuple[float, float]:
    """Compute the indices of Davies and Bouldin and of Calinski and Harabasz.

    Parameters
    ----------
    columns : numpy.ndarray, shape (d, rows)
        Clustered rows; read in slices, so that they may be mapped from a file.
    labels : numpy.ndarray, shape (rows,)
        Cluster of each row, from 0, each of one row or more.

    Returns
    -------
    davies_bouldin : float
        The mean over the clusters of the greatest ratio of two clusters' mean distances from their
        centres, added, to the distance of the centres, as scikit-learn has it [1]_; less is better.
    calinski_harabasz : float
        The ratio of the dispersion between clusters to that within, each by its degrees of freedom
        [2]_; more is better. NaN if all rows are at their centres.

    Both are NaN for fewer than two clusters.

    References
    ----------
    .. [1] Davies and Bouldin, "A Cluster Separation Measure", IEEE TPAMI 1 (1979) 224-227.
    .. [2] Calinski and Harabasz, "A dendrite method for cluster analysis", Communications in
       Statistics 3 (1974) 1-27.

    Examples
    --------
    >>> dispersion(np.array([[0.0, 2.0, 9.0, 11.0]]), np.array([0.0, 0.0, 1.0, 1.0]))
    (0.2222222222222222, 40.5)
    """
    size = np.array([columns.shape[1]])
    k = int(labels.max(initial=-1)) + 1
    if k < 2:
        return float("nan"), float("nan")
    origin = columns[:, :1]
    n, centre = np.zeros(k), np.zeros((len(columns), k))
    for part, _ in slices(size):
        own = labels[part].astype(np.int64)
        n += np.bincount(own, minlength=k)
        centre += sums(columns[:, part] - origin, own, k)
    mean = centre.sum(axis=1) / n.sum()
    centre /= n
    width, within = np.zeros(k), 0.0
    for part, _ in slices(size):
        own = labels[part].astype(np.int64)
        square = ((columns[:, part] - origin - centre[:, own]) ** 2).sum(axis=0)
        width += np.bincount(own, np.sqrt(square), k)
        within += square.sum()
    between = float((n * ((centre - mean[:, None]) ** 2).sum(axis=0)).sum())
    freedom = (n.sum() - k) / (k - 1)
    harabasz = between / within * freedom if within > 0 else float("nan")
    return _davies_bouldin(centre, width / n), float(harabasz)


def _davies_bouldin(centre: Matrix, width: Matrix) -> float:
    """Index of centres, shape (d, k), whose clusters are so wide; equal centres do not count."""
    worst = np.zeros(len(width))
    for j, own in enumerate(centre.T):
        apart = np.sqrt(((centre - own[:, None]) ** 2).sum(axis=0))
        ratio = np.divide(width + width[j], apart, out=np.zeros_like(apart), where=apart > 0)
        worst[j] = ratio.max()
    return float(worst.mean())
