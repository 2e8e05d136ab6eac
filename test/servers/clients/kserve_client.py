# Asks a server of the Open Inference Protocol with KServe's own client (gRPC and REST).
# python kserve_client.py HTTP GRPC MODEL VERSION TOKEN AS_OF [RECORD]: prints one JSON object a line: { name, ok, told }.
import asyncio
import json
import sys

import grpc
import numpy as np
from kserve import InferInput, InferRequest
from kserve.inference_client import InferenceGRPCClient, InferenceRESTClient, RESTConfig
from kserve.protocol.grpc.grpc_predict_v2_pb2_grpc import GRPCInferenceServiceStub

HTTP, GRPC, MODEL = sys.argv[1:4]
X = np.array([[0.25, -0.5], [0.125, 0.0625]], np.float64)
URL = f"http://{HTTP}"
calls = []


class Recording(grpc.aio.UnaryUnaryClientInterceptor):
    # The bytes of each call, as they are on the wire.
    async def intercept_unary_unary(self, proceed, details, request):
        call = await proceed(details, request)
        code = await call.code()
        reply = (await call).SerializeToString().hex() if code == grpc.StatusCode.OK else None
        path = details.method if isinstance(details.method, str) else details.method.decode()
        calls.append({"path": path, "request": request.SerializeToString().hex(), "status": code.name, "reply": reply})
        return call


def request(binary):
    tensor = InferInput("features", list(X.shape), "FP64")
    tensor.set_data_from_numpy(X, binary_data=binary)
    return InferRequest(model_name=MODEL, infer_inputs=[tensor], request_id="id-1")


def scores(answer):
    assert answer.id == "id-1", answer.id
    return [float(score).hex() for score in answer.outputs[0].as_numpy().ravel()]


async def check(name, work):
    try:
        print(json.dumps({"name": name, "ok": True, "told": await work()}))
    except Exception as error:
        print(json.dumps({"name": name, "ok": False, "told": f"{type(error).__name__}: {error}"}))


async def refused(work):
    try:
        await work()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    raise AssertionError("it was answered")


async def so(work):
    assert await work() is True


async def main():
    over_grpc = InferenceGRPCClient(GRPC)
    over_grpc._client_stub = GRPCInferenceServiceStub(grpc.aio.insecure_channel(GRPC, interceptors=[Recording()]))
    over_rest = InferenceRESTClient(RESTConfig(protocol="v2"))
    await check("grpc: live", lambda: so(lambda: over_grpc.is_server_live()))
    await check("grpc: ready", lambda: so(lambda: over_grpc.is_server_ready()))
    await check("grpc: model ready", lambda: so(lambda: over_grpc.is_model_ready(MODEL)))
    await check("rest: live", lambda: so(lambda: over_rest.is_server_live(URL)))
    await check("rest: ready", lambda: so(lambda: over_rest.is_server_ready(URL)))
    await check("rest: model ready", lambda: so(lambda: over_rest.is_model_ready(URL, MODEL)))

    async def infer_grpc(binary):
        return scores(await over_grpc.infer(request(binary)))

    async def infer_rest(binary):
        return scores(await over_rest.infer(URL, request(binary), model_name=MODEL))

    for binary in (False, True):
        await check(f"grpc: infer, bytes {binary}", lambda b=binary: infer_grpc(b))
        await check(f"rest: infer, bytes {binary}", lambda b=binary: infer_rest(b))
    wrong = InferRequest(model_name="nope", infer_inputs=request(False).inputs)
    await check("grpc: an unknown model is refused", lambda: refused(lambda: over_grpc.infer(wrong)))
    await check("rest: an unknown model is refused", lambda: refused(lambda: over_rest.infer(URL, wrong, model_name="nope")))
    await over_grpc.close()
    await over_rest.close()

    if len(sys.argv) > 7:
        with open(sys.argv[7], "w") as file:
            file.write(json.dumps(calls, indent=1) + "\n")


asyncio.run(main())
