"""Who has the rows: keys, encryption, and what is decrypted."""

from __future__ import annotations

import math
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sparkfl.encryption import ckks
from sparkfl.encryption.finish import FINISHES
from sparkfl.encryption.forms import Description
from sparkfl.encryption.messages import pack, unpack
from sparkfl.errors import ParameterError, ProtocolError, SchemaError
from sparkfl.statistics.summary import Matrix

__all__ = ["Decrypted", "PredictionClient"]


@dataclass(frozen=True)
class Decrypted:
    """Answers of a model.

    Parameters
    ----------
    predictions : numpy.ndarray, shape (rows,)
        What `ml_predict` says of each row.
    sums : numpy.ndarray, shape (rows, sums)
        What they were made of: a regression's value, log-odds, squared distances from centres.
    error : float
        What a sum differs by from that of the plain rows at most.
    """

    predictions: Any
    sums: Matrix
    error: float


class PredictionClient:
    """Asks a model about rows that its holder must not see.

    Each number is encrypted by CKKS [1]_, a ciphertext a feature and 4096 rows. What is decrypted
    is the client's: who has a ciphertext and all digits of what it decrypts to can work out the key
    [2]_, so answers are not for the model's holder unless rounded.

    Parameters
    ----------
    description : Description
        The model's, from who has it.
    keys : bytes, optional
        What `to_bytes` gave; new keys by default.

    Raises
    ------
    MissingPackageError
        If TenSEAL is not installed, which the extra ``encryption`` brings.
    ProtocolError
        If the keys are none.

    References
    ----------
    .. [1] Cheon, Kim, Kim, Song, "Homomorphic encryption for arithmetic of approximate numbers",
       ASIACRYPT 2017.
    .. [2] Li, Micciancio, "On the security of homomorphic encryption on approximate numbers",
       EUROCRYPT 2021.

    Examples
    --------
    >>> from sparkfl.encryption import Forms, evaluate
    >>> weights = np.array([[2.0, -1.0]])
    >>> model = Forms(Description(("age", "orders"), "identity"), np.array([0.5]), weights)
    >>> client = PredictionClient(model.description)
    >>> requests = client.encrypt(np.array([[40.0, 3.0], [25.0, 8.0]]))
    >>> found = client.decrypt([evaluate(model, request) for request in requests])
    >>> found.predictions.round(6).tolist(), found.error < 1e-9
    ([77.5, 42.5], True)
    """

    def __init__(self, description: Description, keys: bytes | None = None) -> None:
        self.description = description
        self._context = ckks.keys() if keys is None else ckks.read_keys(keys)

    def to_bytes(self) -> bytes:
        """Return the secret key: who has it reads everything."""
        data: bytes = self._context.serialize(
            save_public_key=False,
            save_secret_key=True,
            save_galois_keys=False,
            save_relin_keys=False,
        )
        return data

    def encrypt(self, rows: Matrix, bounds: Mapping[str, float] | None = None) -> list[bytes]:
        """Encrypt rows, up to 4096 in a request.

        Parameters
        ----------
        rows : array_like, shape (rows, d)
            Finite numbers, in the order of the description's features.
        bounds : mapping of str to float, optional
            The largest size of each feature, which is told in the clear as a power of two, and
            which errors are proportional to; by default that of the rows. Give it where the order
            of magnitude of the largest value is nobody's business. Features of a model that is
            scaled by the client are bounded after that.

        Returns
        -------
        list of bytes
            Requests, in the rows' order, for the column ``encrypted_features``.

        Raises
        ------
        SchemaError
            If rows do not have the features, or values that are not finite.
        ParameterError
            If bounds are of other features or no positive numbers, or a value is beyond its bound.
        """
        x = self._prepared(np.asarray(rows, dtype=np.float64))
        exponents = self._exponents(x, bounds)
        scaled = np.ldexp(x, -np.array(exponents, dtype=int))
        beyond = np.argwhere(np.abs(scaled) > 1.0)
        if len(beyond):
            row, feature = beyond[0]
            raise ParameterError(
                f"Row {row} has a {self.description.features[feature]} whose size is beyond the "
                "bound that was given. Give a larger one."
            )
        return [
            self._request(scaled[start : start + ckks.SLOTS], exponents)
            for start in range(0, len(scaled), ckks.SLOTS)
        ]

    def decrypt(self, responses: Iterable[bytes]) -> Decrypted:
        """Decrypt what the model's holder has answered.

        Parameters
        ----------
        responses : iterable of bytes
            What ``encrypted_prediction`` holds, in the order of the requests.

        Raises
        ------
        ProtocolError
            If one is no response, or made for another key.
        """
        sums, errors = [], [0.0]
        for response in responses:
            head, parts = unpack("response", response)
            try:
                rows, exponent = int(head["rows"]), int(head["exponent"])
                size = math.ldexp(1.0, exponent)
            except (KeyError, TypeError, ValueError, OverflowError) as error:
                raise ProtocolError(
                    "A response lacks how many rows it has, or how large."
                ) from error
            columns = [self._opened(part, rows) for part in parts]
            if not columns or not 1 <= rows <= ckks.SLOTS:
                raise ProtocolError(f"A response has {len(parts)} sums of {rows} rows.")
            found = np.stack(columns, axis=1)
            if not (np.abs(found) <= 1.5).all():
                raise ProtocolError(
                    "A response does not decrypt to what a model can say: it is to a request of "
                    "another key, or no answer of a model. Decrypt it with the keys of its request."
                )
            sums.append(found * size)
            errors.append(ckks.ERROR * size)
        whole = np.concatenate(sums) if sums else np.empty((0, 1))
        finish = FINISHES[self.description.finish]
        predictions = finish(whole, self.description.settings) if sums else np.empty(0)
        return Decrypted(predictions, whole, max(errors))

    def _opened(self, part: bytes, rows: int) -> Matrix:
        if not part:
            return np.zeros(rows)
        return np.array(ckks.decrypt(ckks.load(self._context, part, rows)))

    def _prepared(self, rows: Matrix) -> Matrix:
        features = self.description.features
        if rows.ndim != 2 or rows.shape[1] != len(features):
            raise SchemaError(
                f"The rows have shape {rows.shape}; the model reads {len(features)} numbers a row: "
                f"{', '.join(features)}."
            )
        wrong = np.argwhere(~np.isfinite(rows))
        if len(wrong):
            row, feature = wrong[0]
            raise SchemaError(
                f"Row {row} has {rows[row, feature]} for {features[feature]}, which cannot be "
                "predicted. Leave such rows out."
            )
        return self.description.prepared(rows)

    def _exponents(self, x: Matrix, bounds: Mapping[str, float] | None) -> list[int]:
        """Return the power of two that no value of each feature is beyond."""
        features = self.description.features
        if bounds is None:
            most = np.abs(x).max(axis=0, initial=0.0).tolist()
        else:
            if set(bounds) != set(features) or not all(0 < b < math.inf for b in bounds.values()):
                raise ParameterError(
                    f"bounds is {dict(bounds)}; give a positive number for each of "
                    f"{', '.join(features)}."
                )
            most = [bounds[name] for name in features]
        # frexp gives a fraction below 1, and one of 1/2 for a power of two.
        parts = [math.frexp(value) for value in most]
        return [power - (fraction == 0.5) for fraction, power in parts]

    def _request(self, scaled: Matrix, exponents: list[int]) -> bytes:
        numbers = [np.ones(len(scaled)), *scaled.T]
        if self.description.squares:
            numbers += [*(scaled**2).T]
        head = {
            "id": secrets.token_hex(8),
            "rows": len(scaled),
            "features": self.description.features,
            "squares": self.description.squares,
            "exponents": exponents,
        }
        return pack("request", head, [ckks.encrypt(self._context, each) for each in numbers])
