"""A pipeline of scikit-learn: scaled features into ridge regression."""

from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from given import read, write

x, y, run = read()
pipeline = make_pipeline(StandardScaler(), Ridge(alpha=run["params"].get("alpha", 1.0)))
pipeline.fit(x, y)
model = to_onnx(pipeline, initial_types=[("features", FloatTensorType([None, x.shape[1]]))])
write(model, rows=len(y), fit=pipeline.score(x, y))
