"""Vectors of features from Feast's Redis store, one read after the other: as its users ask for them, in milliseconds.

python feast_redis.py PORT NAMES FEATURES
It says when it is ready, and answers each line of "ENTITIES READS" with how long each read took.
"""

import json
import os
import sys
import tempfile
import time
from datetime import datetime, timedelta, timezone

import pandas as pd
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig, ValueType
from feast.types import Float64

port, names, features = map(int, sys.argv[1:])
columns = [f"feature_{i}" for i in range(features)]
now = datetime.now(timezone.utc)

with tempfile.TemporaryDirectory() as folder:
    rows = pd.DataFrame(
        {"name": [f"NAME{i}" for i in range(names)], "event_timestamp": now, "created": now}
        | {column: [float(i * j) for i in range(names)] for j, column in enumerate(columns)}
    )
    path = os.path.join(folder, "rows.parquet")
    rows.to_parquet(path)
    store = FeatureStore(
        config=RepoConfig(
            project="bench",
            provider="local",
            registry=os.path.join(folder, "registry.db"),
            online_store={"type": "redis", "connection_string": f"127.0.0.1:{port}"},
            offline_store={"type": "file"},
            entity_key_serialization_version=3,
        )
    )
    entity = Entity(name="name", join_keys=["name"], value_type=ValueType.STRING)
    view = FeatureView(
        name="bench",
        entities=[entity],
        ttl=timedelta(days=1),
        schema=[Field(name=column, dtype=Float64) for column in columns],
        source=FileSource(path=path, timestamp_field="event_timestamp", created_timestamp_column="created"),
    )
    store.apply([entity, view])
    store.write_to_online_store("bench", rows)
    wanted = [f"bench:{column}" for column in columns]

    def read(at: int, count: int) -> None:
        asked = [{"name": f"NAME{(at * 7 + j * 13) % names}"} for j in range(count)]
        told = store.get_online_features(features=wanted, entity_rows=asked).to_dict()
        assert told["feature_1"][0] is not None, told

    print("ready", flush=True)
    for line in sys.stdin:
        count, reads = map(int, line.split())
        millis = []
        for at in range(reads):
            begun = time.perf_counter()
            read(at, count)
            millis.append((time.perf_counter() - begun) * 1000)
        print(json.dumps(millis), flush=True)
