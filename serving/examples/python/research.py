"""A researcher's loop against a running Asof: features as they were known, a model, its run in MLflow's own client, and what the gate says.

python research.py URL SET FROM TO LABEL; a token of `asof token` is in MLFLOW_TRACKING_TOKEN. It needs mlflow, pyarrow, pandas and scikit-learn.
"""

import os
import sys
import urllib.parse
import urllib.request

import mlflow
import pyarrow as pa
from mlflow.exceptions import MlflowException
from sklearn.linear_model import Ridge

url, features, begin, end, label = sys.argv[1:]

# Each row as it was known at the decision of its session; its label is the formula's value two sessions on, entered at the next close.
asked = urllib.parse.urlencode({"from": begin, "to": end, "label": label, "entry": 1, "exit": 2})
request = urllib.request.Request(
    f"{url}/api/v1/features/{features}?{asked}",
    headers={"Authorization": f"Bearer {os.environ['MLFLOW_TRACKING_TOKEN']}"},
)
table = pa.ipc.open_stream(urllib.request.urlopen(request)).read_all()
frame = table.to_pandas().dropna()
names = [name for name in table.column_names if pa.types.is_floating(table.schema.field(name).type) and name != "label"]

# A label has to be known before the first session that is tested begins.
first_tested = frame["time"].quantile(0.7)
train = frame[frame["label_end"] < first_tested]
test = frame[frame["time"] >= first_tested]

mlflow.set_tracking_uri(url)
mlflow.set_experiment(f"{features}-notebook")
with mlflow.start_run(run_name="ridge") as run:
    mlflow.log_params({"alpha": 1.0, "features": features})
    mlflow.log_input(mlflow.data.from_pandas(train, name=features), context="training")
    model = Ridge(alpha=1.0).fit(train[names], train["label"])
    scored = test.assign(score=model.predict(test[names]))
    for step, (_, session) in enumerate(scored.groupby("time")):
        mlflow.log_metric("ic", session["score"].corr(session["label"], method="spearman"), step=step)
    logged = mlflow.sklearn.log_model(model, name="model")

told = mlflow.get_run(run.info.run_id).data
history = mlflow.MlflowClient().get_metric_history(run.info.run_id, "ic")
print(f"rows {len(train)} to train on, {len(test)} to test on; columns {', '.join(names)}")
print(f"mean ic {sum(one.value for one in history) / len(history):.3f} over {len(history)} sessions")
print(f"the run lacks {told.tags['asof.missing']}")
# Where a policy is in force the gate has the word, and it believes what the platform has made itself: a trainer in a signed commit.
try:
    version = mlflow.register_model(logged.model_uri, f"{features}-notebook")
    print(f"version {version.version} is {version.status}")
except MlflowException as refused:
    print(f"refused: {refused.message}")
