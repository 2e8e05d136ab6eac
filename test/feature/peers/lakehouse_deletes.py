"""Makes test/support/vectors/lakehouse-deletes.json.gz: an Iceberg table of format version 2 whose snapshots delete rows by delete files, as
merge-on-read writers do (Spark by position, Flink by equality), file by file, and the rows of each snapshot.

pyiceberg writes no delete files itself: they are made here with its own writers of manifests. It reads deletes by position, and those rows
are as it reads them; deletes by equality it refuses, and those rows are worked out by pandas as Iceberg's specification says.

    python -m venv v && v/bin/pip install pandas==3.1.1 pyarrow==26.0.1 'pyiceberg[sql-sqlite]==0.12.0' && v/bin/python lakehouse_deletes.py
"""

import base64
import datetime as dt
import gzip
import json
import os
import pathlib
import shutil
import tempfile
import uuid

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.manifest import DataFile, DataFileContent, FileFormat, ManifestContent, ManifestWriterV2
from pyiceberg.table.snapshots import Operation
from pyiceberg.table.update.snapshot import _FastAppendFiles
from pyiceberg.transforms import IdentityTransform
from pyiceberg.typedef import Record



class DeleteWriter(ManifestWriterV2):
    def content(self):
        return ManifestContent.DELETES

    @property
    def _meta(self):
        return {**super()._meta, "content": "deletes"}


class Deletes(_FastAppendFiles):
    def new_manifest_writer(self, spec):
        return DeleteWriter(
            spec, self._transaction.table_metadata.schema(), self.new_manifest_output(), self._snapshot_id, self._compression
        )


def with_ids(columns):
    """Columns of a Parquet file, each with the number of its field."""
    fields = [pa.field(name, kind, metadata={b"PARQUET:field_id": str(field).encode()}) for name, kind, field, _ in columns]
    return pa.table([pa.array(cells, kind) for _, kind, _, cells in columns], schema=pa.schema(fields))


def delete(table, rows, content, partition, fields=None):
    path = f"{table.location()}/data/{uuid.uuid4()}-deletes.parquet"
    pq.write_table(rows, path.removeprefix("file://"))
    made = DataFile.from_args(
        content=content,
        file_path=path,
        file_format=FileFormat.PARQUET,
        partition=Record(*partition),
        record_count=rows.num_rows,
        file_size_in_bytes=os.path.getsize(path.removeprefix("file://")),
        column_sizes={}, value_counts={}, null_value_counts={}, nan_value_counts={}, lower_bounds={}, upper_bounds={},
        equality_ids=fields,
    )
    made.spec_id = table.spec().spec_id
    with table.transaction() as transaction:
        with Deletes(Operation.DELETE, transaction, table.io, snapshot_properties={}) as producer:
            producer.append_data_file(made)
    table.refresh()


def by_position(table, partition, found):
    rows = with_ids([
        ("file_path", pa.string(), 2147483546, [path for path, _ in found]),
        ("pos", pa.int64(), 2147483545, [place for _, place in found]),
    ])
    delete(table, rows, DataFileContent.POSITION_DELETES, partition)


def table_of(rows, **more):
    names, days, closes = zip(*rows)
    times = pa.array([dt.datetime(2024, 1, day, 21, tzinfo=dt.timezone.utc) for day in days], pa.timestamp("us", "UTC"))
    columns = {"instrument": pa.array(names), "time": times, "close": pa.array(closes, pa.float64())}
    return pa.table(columns | {name: pa.array(cells) for name, cells in more.items()})


def told(frame):
    frame = frame.sort_values(["time", "instrument"])
    cells = lambda row: [row.instrument, row.time.isoformat(), None if pd.isna(row.close) else row.close]
    return [[*cells(row), None] for row in frame.itertuples()]


def made(folder):
    catalog = SqlCatalog("local", uri="sqlite:///:memory:", warehouse="file://" + folder)
    catalog.create_namespace("made")
    first = table_of([("ANT", 2, 1.0), ("BEE", 2, 2.0), ("ANT", 3, 3.0), ("BEE", 3, 4.0), ("CAT", 3, None), ("BEE", 4, 4.5)])
    table = catalog.create_table("made.prices", schema=first.schema, location="file://" + folder)
    with table.update_spec() as spec:
        spec.add_field("instrument", IdentityTransform(), "instrument")
    versions = []

    def version(rows):
        table.refresh()
        versions.append({"version": str(table.current_snapshot().snapshot_id), "rows": told(rows)})

    def read():
        return table.refresh().scan().to_arrow().to_pandas()

    table.append(first)
    version(read())
    of = lambda name: next(task.file.file_path for task in table.scan(row_filter=f"instrument == '{name}'").plan_files())
    # A row of one partition by its place: BEE of the 3rd.
    by_position(table, ["BEE"], [(of("BEE"), 1)])
    version(read())
    # Rows that come later are not those of before: BEE of the 3rd is told anew.
    table.append(table_of([("BEE", 3, 40.0), ("ANT", 4, 5.0)]))
    version(read())
    # From here on pyiceberg reads no more. By its values, in its own partition: ANT of the 3rd.
    before = read()
    column = {field.name: field.field_id for field in table.schema().fields}
    at = lambda day: dt.datetime(2024, 1, day, 21, tzinfo=dt.timezone.utc)
    rows = with_ids([
        ("instrument", pa.string(), column["instrument"], ["ANT"]),
        ("time", pa.timestamp("us", "UTC"), column["time"], [at(3)]),
    ])
    delete(table, rows, DataFileContent.EQUALITY_DELETES, ["ANT"], [column["instrument"], column["time"]])
    before = before[~((before.instrument == "ANT") & (before.time == at(3)))]
    version(before)
    # The same is appended: what was deleted by values was what had been there before.
    table.append(table_of([("ANT", 3, 3.5)]))
    before = pd.concat([before, table_of([("ANT", 3, 3.5)]).to_pandas()])
    version(before)
    # A close that is null, by a column alone.
    rows = with_ids([("close", pa.float64(), column["close"], [None])])
    delete(table, rows, DataFileContent.EQUALITY_DELETES, ["CAT"], [column["close"]])
    before = before[~((before.instrument == "CAT") & before.close.isna())]
    version(before)
    # Without a partition it bears on every file: a new spec, and all of the 2nd is gone.
    with table.update_spec() as spec:
        spec.remove_field("instrument")
    table.refresh()
    rows = with_ids([("time", pa.timestamp("us", "UTC"), column["time"], [at(2)])])
    delete(table, rows, DataFileContent.EQUALITY_DELETES, [], [column["time"]])
    before = before[before.time != at(2)]
    version(before)
    return versions


def files(folder):
    found = {}
    for place, _, names in os.walk(folder):
        for name in sorted(names):
            path = os.path.join(place, name)
            found[os.path.relpath(path, folder)] = base64.b64encode(open(path, "rb").read()).decode()
    return dict(sorted(found.items()))


if __name__ == "__main__":
    folder = tempfile.mkdtemp()
    versions = made(folder)
    text = json.dumps({"deletes": {"files": files(folder), "versions": versions}}, sort_keys=True)
    shutil.rmtree(folder)
    path = pathlib.Path(__file__).parents[2] / "support/vectors/lakehouse-deletes.json.gz"
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
