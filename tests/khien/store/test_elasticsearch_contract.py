"""Elasticsearch under the contract of all event stores: the fake, a real 8.19 and a real 9."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from khien.clock import SystemClock
from khien.store import EventStore
from khien.store.elasticsearch.store import ElasticsearchEventStore
from tests.faults.fake_elasticsearch import FakeElasticsearch
from tests.khien.store.contract import EventStoreContract


def fresh_store(url: str) -> Iterator[EventStore]:
    """A store under a name that no test has used on this node."""
    store = ElasticsearchEventStore.connect(url, clock=SystemClock(), prefix=f"t{uuid.uuid4().hex[:12]}")
    yield store
    store.close()


@pytest.mark.elasticsearch
class TestElasticsearch8(EventStoreContract):
    @pytest.fixture
    def store(self, elasticsearch_url: str) -> Iterator[EventStore]:
        yield from fresh_store(elasticsearch_url)


@pytest.mark.slow
@pytest.mark.elasticsearch
class TestElasticsearch9(EventStoreContract):
    @pytest.fixture
    def store(self, elasticsearch9_url: str) -> Iterator[EventStore]:
        yield from fresh_store(elasticsearch9_url)


class TestFakeElasticsearch(EventStoreContract):
    @pytest.fixture
    def store(self) -> Iterator[EventStore]:
        with FakeElasticsearch() as fake:
            yield from fresh_store(fake.url)
