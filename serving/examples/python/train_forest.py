"""A random forest of scikit-learn, which votes in one thread."""

from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.ensemble import RandomForestRegressor

from given import read, write

x, y, run = read()
params = run["params"]
forest = RandomForestRegressor(
    n_estimators=int(params.get("trees", 50)),
    max_depth=int(params.get("depth", 4)),
    min_samples_leaf=int(params.get("leaf", 20)),
    random_state=run["seed"],
    n_jobs=1,
)
forest.fit(x, y)
model = to_onnx(forest, initial_types=[("features", FloatTensorType([None, x.shape[1]]))])
write(model, rows=len(y))
