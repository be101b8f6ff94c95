"""The anomaly score of saved federations by ciphertext, against their own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from numpy.testing import assert_allclose

from sparkfl.encryption import Description, PredictionClient, evaluate
from sparkfl.errors import CapabilityError
from sparkfl.federation.data import FederationData
from sparkfl.federation.scoring.encrypted import encrypted_forms

SAMPLES = Path(__file__).parents[2] / "resources" / "format_5"


@pytest.mark.parametrize("sample", ["federated", "federated_quantile"])
def test_the_score_is_that_of_a_prediction(sample: str) -> None:
    """With logarithms and scalings that the client does, by what it is told as text."""
    data = FederationData.read(SAMPLES / sample / "model" / "data")
    # Rows of no store have the scaling that all share.
    data = replace(data, scaled_by="federation")
    frame = pd.read_csv(SAMPLES / sample / "predicted.csv")
    columns = [column.name for column in data.inputs.columns]
    frame = frame[columns].dropna().reset_index(drop=True)
    forms = encrypted_forms(data)
    client = PredictionClient(Description.of_json(forms.description.to_json()))
    rows = frame.to_numpy(float)
    found = client.decrypt(evaluate(forms, request) for request in client.encrypt(rows))
    expected = data.predict(frame)["anomaly_score"]
    assert len(expected) > 5
    assert_allclose(found.predictions, expected, rtol=1e-8)
    assert_allclose(forms.predict(rows), expected, rtol=1e-10)


def test_scalings_of_the_stores_are_refused() -> None:
    data = replace(FederationData.read(SAMPLES / "federated" / "model" / "data"), scaled_by="store")
    with pytest.raises(CapabilityError, match="each store has a scaling of its own"):
        encrypted_forms(data)
