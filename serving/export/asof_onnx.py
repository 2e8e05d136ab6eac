# Runs a model that Asof exported, in MLServer: ONNX Runtime on one thread, as Asof runs it, so that the bits are the same.
import hashlib

import numpy
import onnxruntime
from mlserver import MLModel
from mlserver.errors import InvalidModelURI, InferenceError
from mlserver.types import InferenceRequest, InferenceResponse, ResponseOutput
from mlserver.codecs import NumpyCodec
from mlserver.utils import get_model_uri


class AsofOnnx(MLModel):
    async def load(self) -> bool:
        uri = await get_model_uri(self.settings)
        with open(uri, "rb") as file:
            model = file.read()
        if hashlib.sha256(model).hexdigest() != self.settings.parameters.extra["artifact"]:
            raise InvalidModelURI(self.name, uri)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        [given] = payload.inputs
        columns = self._session.get_inputs()[0].shape[1]
        if given.name != "features" or given.datatype != "FP64" or len(given.shape) != 2 or given.shape[1] != columns:
            raise InferenceError(f"{self.name} takes features, FP64 [n, {columns}]")
        features = NumpyCodec.decode_input(given)
        if not numpy.isfinite(features).all():
            raise InferenceError("features holds a number that is not finite")
        [score] = self._session.run(["score"], {"features": features})
        output = ResponseOutput(name="score", datatype="FP64", shape=list(score.shape), data=score.ravel().tolist())
        return InferenceResponse(id=payload.id, model_name=self.name, model_version=self.version, outputs=[output])
