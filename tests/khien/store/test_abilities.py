"""What answers at an address, and what it can do, is asked once and said clearly."""

from __future__ import annotations

import socket

import pytest

from khien.clock import SystemClock
from khien.errors import KhienError
from khien.home import Home
from khien.schema.elasticsearch_template import event_template
from khien.store import EventQuery, HealthState, open_store
from khien.store.elasticsearch.store import ElasticsearchEventStore
from tests.faults.fake_elasticsearch import FakeElasticsearch


@pytest.mark.parametrize("version", ["7.17.9", "8.11.0", "8.18.9", "10.0.0", "2.19.0"])
def test_another_version_is_a_clear_error_at_start(version: str) -> None:
    with FakeElasticsearch(version=version) as fake, pytest.raises(KhienError) as caught:
        ElasticsearchEventStore.connect(fake.url, clock=SystemClock())
    assert caught.value.code == "store.not_elasticsearch"
    assert version in str(caught.value)


@pytest.mark.parametrize("version", ["8.19.21", "9.5.3", "9.0.0-SNAPSHOT"])
def test_a_version_that_we_speak_to_is_accepted(version: str) -> None:
    with FakeElasticsearch(version=version) as fake:
        store = ElasticsearchEventStore.connect(fake.url, clock=SystemClock())
        assert store.abilities.version == version
        store.close()


def test_something_that_is_not_elasticsearch_is_a_clear_error_at_start() -> None:
    with FakeElasticsearch(product=None) as fake, pytest.raises(KhienError) as caught:
        ElasticsearchEventStore.connect(fake.url, clock=SystemClock())
    assert caught.value.code == "store.not_elasticsearch"


def test_nobody_at_the_address_is_a_clear_error_that_shows_no_secret() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(KhienError) as caught:
        open_store(f"http://user:hunter2@127.0.0.1:{port}", home=Home.from_environment(), clock=SystemClock())
    assert caught.value.code == "store.unavailable"
    assert "hunter2" not in str(caught.value)


def test_a_plain_node_gets_plainer_types_and_says_so() -> None:
    with FakeElasticsearch() as fake:
        store = ElasticsearchEventStore.connect(fake.url, clock=SystemClock())
        assert store.abilities.missing_types == {"match_only_text", "wildcard", "constant_keyword"}
        properties = fake.templates["khien-events"]["template"]["mappings"]["properties"]
        assert properties["message"] == {"type": "text"}
        assert properties["url"]["properties"]["path"]["type"] == "keyword"
        health = store.health()
        assert health.state is HealthState.OK
        assert any("wildcard" in note for note in health.notes)
        store.close()


def test_a_full_cluster_gets_the_full_types_and_a_replica() -> None:
    template = event_template(prefix="khien", missing_types=frozenset(), replicas=1)
    inner = template["template"]
    assert isinstance(inner, dict)
    assert inner["settings"]["index"]["number_of_replicas"] == 1
    assert inner["mappings"]["properties"]["message"] == {"type": "match_only_text"}
    assert inner["mappings"]["dynamic"] is False


def test_a_store_that_is_gone_is_down_and_does_not_raise() -> None:
    with FakeElasticsearch() as fake:
        store = ElasticsearchEventStore.connect(fake.url, clock=SystemClock())
    health = store.health()
    assert health.state is HealthState.DOWN
    assert "does not answer" in health.notes[0]
    store.close()


def test_a_read_only_store_opens_while_the_node_is_down_and_works_when_it_is_back() -> None:
    fake = FakeElasticsearch()
    with fake:
        url = fake.url
    store = ElasticsearchEventStore.connect(url, clock=SystemClock(), is_read_only=True)
    query = EventQuery(datasets=("live",), start_us=0, end_us=1)
    with pytest.raises(KhienError) as caught:
        store.search_events(query)
    assert caught.value.code == "store.unavailable"
    assert store.health().state is HealthState.DOWN
    with fake:
        assert store.search_events(query).lines == ()
        assert store.health().state is HealthState.OK
    store.close()


def test_a_read_only_store_installs_nothing_and_writes_nothing() -> None:
    with FakeElasticsearch() as fake:
        store = ElasticsearchEventStore.connect(fake.url, clock=SystemClock(), is_read_only=True)
        assert fake.templates == {}
        with pytest.raises(KhienError) as caught:
            store.put_events(b"")
        assert caught.value.code == "store.read_only"
        store.close()
