"""A partitioned answer, read as its users do: pandas, Polars, pyarrow, Delta Lake and Iceberg. Prints what each found, as JSON."""

import json
import pathlib
import shutil
import sys

import pandas as pd
import polars as pl
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from deltalake import DeltaTable, convert_to_deltalake
from deltalake.schema import Field, PrimitiveType, Schema
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.transforms import MonthTransform

folder, scratch = map(pathlib.Path, sys.argv[1:])
files = sorted(map(str, folder.rglob("*.parquet")))
PLACE = ["time", "entity"]


def told(frame):
    """The values in the order of time and entity, and how many rows each month has by the folders' names."""
    frame = frame.sort_values(PLACE)
    months = frame.groupby([frame["year"].astype(int), frame["month"].astype(int)]).size()
    return {
        "values": [None if pd.isna(one) else one for one in frame["mom_5"]],
        "months": {f"{year}-{month}": int(rows) for (year, month), rows in months.items()},
        "time": str(frame["time"].dtype),
    }


found = {
    "pandas": told(pd.read_parquet(folder)),
    "pyarrow": told(ds.dataset(folder, partitioning="hive").to_table().to_pandas()),
    "polars": told(pl.read_parquet(folder, hive_partitioning=True).to_pandas()),
}
first = pl.scan_parquet(folder, hive_partitioning=True).select(pl.col("year").first(), pl.col("month").first()).collect().row(0)
lazy = pl.scan_parquet(folder, hive_partitioning=True).filter((pl.col("year") == first[0]) & (pl.col("month") == first[1]))
found["pruned"] = lazy.collect().height

# As a Delta Lake table, in its place.
copy = scratch / "delta"
shutil.copytree(folder, copy)
parts = Schema([Field(name, PrimitiveType("integer")) for name in ("year", "month")])
convert_to_deltalake(copy, partition_by=parts, partition_strategy="hive")
found["delta"] = told(DeltaTable(copy).to_pandas())

# As files of an Iceberg table, partitioned by the month of their times.
catalog = SqlCatalog("own", uri=f"sqlite:///{scratch}/catalog.db", warehouse=f"file://{scratch}/warehouse")
catalog.create_namespace("asof")
table = catalog.create_table("asof.features", schema=pq.read_schema(files[0]).remove_metadata())
with table.update_spec() as spec:
    spec.add_field("time", MonthTransform(), "by_month")
table.add_files(files)
scanned = catalog.load_table("asof.features").scan().to_arrow().to_pandas()
found["iceberg"] = told(scanned.assign(year=scanned["time"].dt.year, month=scanned["time"].dt.month))
found["notes"] = {key.decode(): value.decode() for key, value in pq.read_schema(files[0]).metadata.items()}
print(json.dumps(found))
