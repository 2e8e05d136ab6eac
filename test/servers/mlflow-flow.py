"""What a researcher does with the stock MLflow client, from set_experiment to load_model; prints what came of it as JSON."""
import json
import os
import sys
import tempfile
import time

import mlflow
import numpy as np
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from sklearn.linear_model import LogisticRegression

mlflow.set_tracking_uri(sys.argv[1])
client = MlflowClient()
told = {}
rng = np.random.default_rng(7)
X = rng.normal(size=(80, 3))
y = (X[:, 0] + 0.5 * X[:, 1] > 0).astype(int)


def refused(act):
    started = time.monotonic()
    try:
        act()
        return None
    except MlflowException as error:
        return {"code": error.error_code, "message": str(error), "seconds": time.monotonic() - started}


experiment = mlflow.set_experiment(sys.argv[2])
told["experiment"] = [experiment.name, experiment.lifecycle_stage, mlflow.set_experiment(sys.argv[2]).experiment_id == experiment.experiment_id]

with mlflow.start_run(run_name="parent") as parent:
    mlflow.log_params({"lr": 0.1, "depth": 3})
    mlflow.log_metrics({"ic": 0.03, "nan": float("nan"), "inf": float("inf")}, step=2)
    client.log_batch(parent.info.run_id, metrics=[mlflow.entities.Metric("loss", 1 / (1 + i), 1000 + i, i) for i in range(1000)])
    mlflow.set_tag("team", "alpha")
    mlflow.log_dict({"a": 1}, "config/a.json")
    for i in range(3):
        with mlflow.start_run(run_name=f"child-{i}", nested=True):
            mlflow.log_metric("ic", i / 10)
            mlflow.log_param("lr", i)

run = mlflow.get_run(parent.info.run_id)
told["metrics"] = {key: str(value) for key, value in run.data.metrics.items()}
told["params"] = dict(run.data.params)
told["status"] = run.info.status
history = client.get_metric_history(parent.info.run_id, "loss")
told["history"] = [len(history), history[0].value, history[-1].value, history[-1].step]
told["artifacts"] = [file.path for file in client.list_artifacts(parent.info.run_id, "config")]
told["config"] = mlflow.artifacts.load_dict(f"runs:/{parent.info.run_id}/config/a.json")


def names(**asked):
    return [one.info.run_name for one in client.search_runs([experiment.experiment_id], **asked)]


told["children"] = names(filter_string=f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'", order_by=["metrics.ic DESC"])
told["filtered"] = names(filter_string="metrics.ic > 0.05 and params.lr != '1'", order_by=["metrics.ic ASC"])
told["liked"] = names(filter_string="attributes.run_name ILIKE 'CHILD-%' and status = 'FINISHED'", order_by=["run_name"])
pages, token = [], None
while True:
    page = client.search_runs([experiment.experiment_id], max_results=2, order_by=["start_time ASC"], page_token=token)
    pages.append([one.info.run_name for one in page])
    token = page.token
    if not token:
        break
told["pages"] = pages
told["wrong filter"] = refused(lambda: client.search_runs([experiment.experiment_id], filter_string="metrics.ic >> 3"))

told["sealed"] = refused(lambda: client.log_metric(parent.info.run_id, "late", 1))
with mlflow.start_run(run_id=parent.info.run_id):
    mlflow.log_metric("late", 1)
amended = mlflow.get_run(parent.info.run_id)
told["amended"] = [amended.data.metrics["late"], amended.data.tags["asof.amendments"], amended.data.tags["asof.seal"] != run.data.tags["asof.seal"]]
told["missing"] = amended.data.tags["asof.missing"]

with mlflow.start_run(run_name="model") as made:
    model = LogisticRegression().fit(X, y)
    info = mlflow.sklearn.log_model(model, name="model", registered_model_name="flow-model")
client.set_registered_model_alias("flow-model", "champion", 1)
loaded = mlflow.sklearn.load_model("models:/flow-model@champion")
told["loaded"] = bool((loaded.predict(X) == model.predict(X)).all())
told["by id"] = bool((mlflow.pyfunc.load_model(f"models:/{info.model_id}").predict(X) == model.predict(X)).all())
version = client.get_model_version("flow-model", 1)
told["version"] = [version.status, list(version.aliases), version.run_id == made.info.run_id]
client.set_model_version_tag("flow-model", 1, "gate", "none")
told["versions"] = [[one.version, dict(one.tags)] for one in client.search_model_versions("name = 'flow-model'")]
told["registered"] = [one.name for one in client.search_registered_models("name LIKE 'flow%'")]
told["again"] = mlflow.register_model(f"runs:/{made.info.run_id}/model", "flow-model").version
told["logged models"] = [one.name for one in mlflow.search_logged_models([experiment.experiment_id], output_format="list")]

mlflow.sklearn.autolog(log_models=False)
with mlflow.start_run(run_name="auto") as auto:
    LogisticRegression(C=0.5).fit(X, y)
mlflow.sklearn.autolog(disable=True)
logged = mlflow.get_run(auto.info.run_id)
told["autolog"] = [logged.data.params["C"], sorted(logged.data.metrics)[:3], logged.inputs.dataset_inputs[0].dataset.name]

try:
    import lightgbm

    mlflow.lightgbm.autolog()
    with mlflow.start_run(run_name="lgb") as lgb:
        train = lightgbm.Dataset(X, y)
        lightgbm.train({"objective": "binary", "verbose": -1, "num_threads": 1}, train, 5, valid_sets=[train])
    mlflow.lightgbm.autolog(disable=True)
    told["lightgbm"] = len(client.get_metric_history(lgb.info.run_id, "training-binary_logloss"))
except ImportError:
    told["lightgbm"] = None

client.delete_run(auto.info.run_id)
told["deleted"] = ["auto" in names(), mlflow.get_run(auto.info.run_id).info.lifecycle_stage]
client.restore_run(auto.info.run_id)
told["restored"] = "auto" in names()

with tempfile.TemporaryDirectory() as folder, mlflow.start_run(run_name="large") as large:
    path = os.path.join(folder, "large.bin")
    part = rng.bytes(1 << 20)
    with open(path, "wb") as file:
        for i in range(200):
            file.write(part)
    started = time.monotonic()
    mlflow.log_artifact(path)
    middle = time.monotonic()
    back = mlflow.artifacts.download_artifacts(run_id=large.info.run_id, artifact_path="large.bin", dst_path=os.path.join(folder, "back"))
    told["large"] = [os.path.getsize(back), open(back, "rb").read() == open(path, "rb").read()]
    told["large seconds"] = [middle - started, time.monotonic() - middle]

print(json.dumps(told))
