# Reads and writes features with Feast's own SDK and `online_store: {type: remote}`, unchanged.
# python feast_client.py URL TOKEN SERVICE FOLDER EVENT_TIME: prints one JSON object a line: { name, ok, told }.
import json
import os
import sys
from datetime import timedelta
from pathlib import Path

import pandas as pd
from feast import Entity, FeatureService, FeatureStore, FeatureView, Field, FileSource, PushSource
from feast.types import Float64
from feast.protos.feast.serving.ServingService_pb2 import FieldStatus

URL, TOKEN, SERVICE, FOLDER, EVENT_TIME = sys.argv[1:6]
os.environ["FEAST_TOKEN"] = TOKEN
Path(FOLDER, "feature_store.yaml").write_text(f"""
project: asof
provider: local
registry: registry.db
online_store: {{ type: remote, path: "{URL}" }}
offline_store: {{ type: dask }}
auth: {{ type: oidc, token_env_var: FEAST_TOKEN }}
entity_key_serialization_version: 3
""")
store = FeatureStore(repo_path=FOLDER)
instrument = Entity(name="instrument", join_keys=["instrument"])


def view(name, source, *features):
    return FeatureView(name=name, entities=[instrument], source=source, ttl=timedelta(days=7), schema=[Field(name=one, dtype=Float64) for one in features])


pd.DataFrame({"instrument": ["FOX"], "ret": [0.75], "n": [7.0], "event_timestamp": pd.to_datetime([EVENT_TIME], utc=True)}).to_parquet(Path(FOLDER, "rows.parquet"))
rows = FileSource(name="rows", path="rows.parquet", timestamp_field="event_timestamp")
small = view("small", rows, "mom_5", "mom_20", "vol_10")
signal = view("signal", PushSource(name="signal-push", batch_source=rows), "ret", "n")
store.apply([instrument, small, signal, FeatureService(name=SERVICE, features=[small[["mom_5", "mom_20"]]])])


def check(name, work):
    try:
        print(json.dumps({"name": name, "ok": True, "told": work()}), flush=True)
    except Exception as error:
        print(json.dumps({"name": name, "ok": False, "told": f"{type(error).__name__}: {error}"}), flush=True)


def read(features, names=("ANT", "NONE"), **more):
    return store.get_online_features(features=features, entity_rows=[{"instrument": name} for name in names], **more)


def statuses(answer):
    names = list(answer.proto.metadata.feature_names.val)
    return {name: [FieldStatus.Name(one) for one in result.statuses] for name, result in zip(names, answer.proto.results)}


def raised(work):
    try:
        work()
    except Exception as error:
        return [type(error).__name__, str(error)]
    raise AssertionError("it was answered")


def frame(name, ret, n=1.0, at=EVENT_TIME):
    return pd.DataFrame({"instrument": [name], "ret": [ret], "n": [n], "event_timestamp": pd.to_datetime([at], utc=True)})


def written(name, ret, **more):
    store.write_to_online_store("signal", df=frame(name, ret, **more))
    return read(["signal:ret", "signal:n"], [name]).to_dict()


def pushed():
    store.push("signal-push", frame("BEE", -0.5))
    return read(["signal:ret"], ["BEE"]).to_dict()


def materialized():
    end = pd.Timestamp(EVENT_TIME, tz="UTC").to_pydatetime()
    store.materialize(end - timedelta(days=1), end + timedelta(days=1), feature_views=["signal"])
    store.materialize_incremental(end + timedelta(days=2), feature_views=["signal"])
    return read(["signal:ret", "signal:n"], ["BEE"]).to_dict()


check("features", lambda: read(["small:mom_5", "small:vol_10"]).to_dict())
check("statuses", lambda: statuses(read(["small:mom_5"])))
check("frame", lambda: {name: str(kind) for name, kind in read(["small:mom_5"], ["ANT"]).to_df().dtypes.items()})
check("full names", lambda: sorted(read(["small:mom_5"], full_feature_names=True).to_dict()))
check("service", lambda: read(store.get_feature_service(SERVICE), ["ANT"]).to_dict())
check("versions", lambda: [[one.name, one.version] for one in read(["small:mom_5"], include_feature_view_version_metadata=True).proto.metadata.feature_view_metadata])
check("unknown feature", lambda: raised(lambda: read(["small:nope"])))
check("unknown view", lambda: raised(lambda: read(["nope:x"])))
check("write", lambda: written("ANT", 0.25))
check("older write", lambda: written("ANT", -1.0, at=str(pd.Timestamp(EVENT_TIME) - timedelta(days=3))))
check("missing value", lambda: written("CAT", float("nan"), n=2.0))
check("push", pushed)
check("materialize", materialized)
check("write of what is computed", lambda: raised(lambda: store.write_to_online_store("small", df=pd.DataFrame({"instrument": ["ANT"], "mom_5": [1.0], "mom_20": [1.0], "vol_10": [1.0], "event_timestamp": pd.to_datetime([EVENT_TIME], utc=True)}))))
