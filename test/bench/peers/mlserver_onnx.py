"""MLServer's model in the bench of serving: a file of ONNX, run by ONNX Runtime on one thread."""

import onnxruntime
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceResponse


class Onnx(MLModel):
    async def load(self):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(self.settings.parameters.uri, options)
        return True

    async def predict(self, payload):
        features = NumpyCodec.decode_input(payload.inputs[0])
        (score,) = self.session.run(None, {"features": features})
        return InferenceResponse(model_name=self.name, outputs=[NumpyCodec.encode_output("score", score)])
