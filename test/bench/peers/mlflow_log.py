"""The stock MLflow client: runs of 50 metrics x 100 steps, and the seconds that they took."""
import json
import sys
import time

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric

url, runs = sys.argv[1], int(sys.argv[2])
mlflow.set_tracking_uri(url)
client = MlflowClient()
experiment = client.create_experiment(f"client-{time.time_ns()}")


def train():
    run = client.create_run(experiment).info.run_id
    values = [Metric(f"metric_{at % 50}", at / 7, 1_795_000_000_000 + at // 50, at // 50) for at in range(5_000)]
    for start in range(0, 5_000, 1_000):
        client.log_batch(run, metrics=values[start : start + 1_000])
    client.set_terminated(run)


train()
wall, cpu = time.perf_counter(), time.process_time()
for _ in range(runs):
    train()
print(json.dumps({"seconds": time.perf_counter() - wall, "clientCpu": time.process_time() - cpu}))
