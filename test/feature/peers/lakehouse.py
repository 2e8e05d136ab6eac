"""Makes test/support/vectors/lakehouse.json.gz: a Delta Lake and an Iceberg table, file by file, and the rows of each version as their
own libraries read them.

    python -m venv v && v/bin/pip install deltalake==1.6.6 pyarrow==26.0.1 'pyiceberg[sql-sqlite]==0.12.0' && v/bin/python lakehouse.py
"""

import base64
import datetime as dt
import gzip
import json
import os
import pathlib
import shutil
import tempfile

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.types import DoubleType


def table(rows, **more):
    names, days, closes = zip(*rows)
    times = pa.array([dt.datetime(2024, 1, day, 21, tzinfo=dt.timezone.utc) for day in days], pa.timestamp("us", "UTC"))
    columns = {"instrument": pa.array(names), "time": times, "close": pa.array(closes, pa.float64())}
    return pa.table(columns | {name: pa.array(cells) for name, cells in more.items()})


FIRST = table([("ANT", 2, 1.0), ("BEE", 2, 2.0), ("ANT", 3, 3.0), ("BEE", 3, 4.0), ("CAT", 3, None)])
SECOND = table([("ANT", 4, 5.0), ("BEE", 4, 6.0)])
WIDER = table([("ANT", 5, 7.0), ("BEE", 5, 8.0)], volume=[100.0, 200.0])


def rows(read, close="close"):
    frame = read.sort_by([("time", "ascending"), ("instrument", "ascending")]).to_pylist()
    return [[row["instrument"], row["time"].isoformat(), row[close], row.get("volume")] for row in frame]


def files(folder):
    found = {}
    for place, _, names in os.walk(folder):
        for name in sorted(names):
            path = os.path.join(place, name)
            if not name.endswith(".crc"):
                found[os.path.relpath(path, folder)] = base64.b64encode(open(path, "rb").read()).decode()
    return dict(sorted(found.items()))


def delta(folder):
    def with_exchange(of):
        return of.append_column("exchange", pa.array(["A" if name == "ANT" else "B c/%" for name in of["instrument"].to_pylist()]))

    write_deltalake(folder, with_exchange(FIRST), partition_by=["exchange"])
    write_deltalake(folder, with_exchange(SECOND), mode="append")
    DeltaTable(folder).delete("instrument = 'BEE' and close = 4")
    DeltaTable(folder).update(predicate="close = 1", updates={"close": "1.5"})
    DeltaTable(folder).create_checkpoint()
    DeltaTable(folder).optimize.compact()
    write_deltalake(folder, with_exchange(WIDER), mode="append", schema_mode="merge")
    last = DeltaTable(folder).version()
    read = lambda version: DeltaTable(folder, version=version).to_pyarrow_table()
    return {str(version): rows(read(version)) for version in range(last + 1)}


def iceberg(folder):
    catalog = SqlCatalog("local", uri="sqlite:///:memory:", warehouse="file://" + folder)
    catalog.create_namespace("made")
    made = catalog.create_table("made.prices", schema=FIRST.schema, location="file://" + folder)
    made.append(FIRST)
    made.append(SECOND)
    made.delete("instrument == 'BEE' and close == 4.0")
    made.overwrite(table([("ANT", 2, 1.5)]), "instrument == 'ANT' and close == 1.0")
    with made.update_schema() as update:
        update.rename_column("close", "last")
        update.add_column("volume", DoubleType())
    made.append(WIDER.rename_columns(["instrument", "time", "last", "volume"]))
    found = {}
    for snapshot in made.snapshots():
        read = made.scan(snapshot_id=snapshot.snapshot_id).to_arrow()
        found[str(snapshot.snapshot_id)] = rows(read, "last" if "last" in read.column_names else "close")
    return found


made = {}
for kind in (delta, iceberg):
    folder = tempfile.mkdtemp()
    read = kind(folder)
    made[kind.__name__] = {"files": files(folder), "versions": [{"version": v, "rows": r} for v, r in read.items()]}
    shutil.rmtree(folder)
text = json.dumps(made, sort_keys=True)
path = pathlib.Path(__file__).parents[2] / "support/vectors/lakehouse.json.gz"
path.write_bytes(gzip.compress(text.encode(), mtime=0))
