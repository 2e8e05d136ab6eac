"""Features into pyarrow and Polars, as the README shows it: no SDK, a URL and a token. Prints what it read as JSON."""

import io
import json
import pathlib
import sys
import urllib.request

import polars as pl
import pyarrow as pa

url, token, spine = sys.argv[1:]


def asked(path, body=None):
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/octet-stream"}
    return urllib.request.urlopen(urllib.request.Request(url + path, body, headers))


# A grid: every session between two dates.
table = pa.ipc.open_stream(asked("/api/v1/features/small?from=2001-10-01&to=2001-10-08&why=true")).read_all()
field = table.schema.field("mom_5")
told = {
    "rows": table.num_rows,
    "set": table.schema.metadata[b"asof.set"].decode(),
    "unit": field.metadata[b"unit"].decode(),
    "types": {one.name: str(one.type) for one in table.schema},
    "arrow": [float(value) for value in table.column("mom_5").to_pylist()],
}

# The same into Polars.
frame = pl.read_ipc_stream(asked("/api/v1/features/small?from=2001-10-01&to=2001-10-08").read())
told["polars"] = frame["mom_5"].to_list()

# Files by day, into a folder that Polars reads as one.
parts = pathlib.Path(f"{spine}-parts")
for file in json.load(asked("/api/v1/features/small/parts?from=2001-10-01&to=2001-10-08&partition=day"))["files"]:
    path = parts / file["path"]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(asked(file["href"]).read())
frame = pl.read_parquet(parts, hive_partitioning=True)
told["parts"] = frame.sort("time", "entity")["mom_5"].to_list()
told["days"] = sorted(set(frame["day"].to_list()))

# A spine that was made here, as Parquet and as CSV.
own = pl.DataFrame({"name": ["ANT", "BEE"], "date": ["2001-10-02", "2001-10-03"], "order": ["a", "b"]})
sent = io.BytesIO()
own.write_parquet(sent)
for name, body in (("spine.parquet", sent.getvalue()), ("spine.csv", own.write_csv().encode())):
    answer = pl.read_ipc_stream(asked(f"/api/v1/features/small?name={name}&keep=order", body).read())
    told[name] = {key: [str(cell) for cell in answer[key].to_list()] for key in ("entity", "order", "mom_5")}

# What the command line wrote.
told["parquet"] = pl.read_parquet(f"{spine}.parquet")["mom_5"].to_list()
told["feather"] = pl.read_ipc(f"{spine}.arrow", memory_map=False)["mom_5"].to_list()
told["pandas"] = pa.ipc.open_file(f"{spine}.arrow").read_all().column("mom_5").to_pylist()
print(json.dumps(told))
