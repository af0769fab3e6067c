"""The table of anomalies against the engine's."""

from __future__ import annotations

from khien_engine.packet import anomalies

from khien.schema.anomaly import load_anomalies


def test_engine_and_table_know_the_same_names_in_the_same_layers() -> None:
    assert {name: anomaly.layer for name, anomaly in load_anomalies().items()} == dict(anomalies())


def test_every_anomaly_has_a_text_in_both_languages_and_none_is_given_twice() -> None:
    for language in ("en", "vi"):
        texts = [anomaly.description[language] for anomaly in load_anomalies().values()]
        assert all(texts)
        assert len(set(texts)) == len(texts)
