"""Writes a Delta Lake and an Iceberg table into a bucket, as their own libraries do, and prints the rows of each version as they read them.

    python lake-bucket.py ENDPOINT KEY SECRET BUCKET {begin|more}
"""

import datetime as dt
import json
import sys

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake
from pyiceberg.catalog.sql import SqlCatalog

endpoint, key, secret, bucket, what, catalog_file = sys.argv[1:]
OPTIONS = {
    "AWS_ENDPOINT_URL": endpoint,
    "AWS_ACCESS_KEY_ID": key,
    "AWS_SECRET_ACCESS_KEY": secret,
    "AWS_REGION": "us-east-1",
    "AWS_ALLOW_HTTP": "true",
}
DELTA, ICEBERG = f"s3://{bucket}/desk/delta", f"s3://{bucket}/desk/iceberg"


def table(rows):
    names, days, closes = zip(*rows)
    times = pa.array([dt.datetime(2024, 1, day, 21, tzinfo=dt.timezone.utc) for day in days], pa.timestamp("us", "UTC"))
    return pa.table({"instrument": pa.array(names), "time": times, "close": pa.array(closes, pa.float64())})


FIRST = table([("ANT", 2, 1.0), ("BEE", 2, 2.0), ("ANT", 3, 3.0), ("BEE", 3, 4.0)])
SECOND = table([("ANT", 4, 5.0), ("BEE", 4, 6.0)])
MORE = table([("ANT", 5, 7.0)])


def rows(read):
    found = read.sort_by([("time", "ascending"), ("instrument", "ascending")]).to_pylist()
    return [[row["instrument"], row["time"].isoformat(), row["close"]] for row in found]


def delta():
    if what == "begin":
        write_deltalake(DELTA, FIRST, partition_by=["instrument"], storage_options=OPTIONS)
        write_deltalake(DELTA, SECOND, mode="append", storage_options=OPTIONS)
        DeltaTable(DELTA, storage_options=OPTIONS).delete("instrument = 'BEE' and close = 4")
        DeltaTable(DELTA, storage_options=OPTIONS).update(predicate="close = 1", updates={"close": "1.5"})
        DeltaTable(DELTA, storage_options=OPTIONS).create_checkpoint()
    else:
        write_deltalake(DELTA, MORE, mode="append", storage_options=OPTIONS)
    last = DeltaTable(DELTA, storage_options=OPTIONS).version()
    read = lambda version: DeltaTable(DELTA, version=version, storage_options=OPTIONS).to_pyarrow_table()
    return {str(version): rows(read(version)) for version in range(last + 1)}


def iceberg():
    s3 = {"s3.endpoint": endpoint, "s3.access-key-id": key, "s3.secret-access-key": secret, "s3.region": "us-east-1"}
    catalog = SqlCatalog("local", uri=f"sqlite:///{catalog_file}", warehouse=f"s3://{bucket}/desk", **s3)
    if what == "begin":
        catalog.create_namespace("made")
        made = catalog.create_table("made.prices", schema=FIRST.schema, location=ICEBERG)
        made.append(FIRST)
        made.append(SECOND)
        made.delete("instrument == 'BEE' and close == 4.0")
    else:
        made = catalog.load_table("made.prices")
        made.append(MORE)
    return {str(one.snapshot_id): rows(made.scan(snapshot_id=one.snapshot_id).to_arrow()) for one in made.snapshots()}


print(json.dumps({"delta": delta(), "iceberg": iceberg()}))
