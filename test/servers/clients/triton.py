# Asks a server of the Open Inference Protocol what its clients ask, with the stock tritonclient (grpc and http).
# python triton.py HTTP GRPC MODEL VERSION TOKEN AS_OF [RECORD]: prints one JSON object a line: { name, ok, told }.
import json
import queue
import sys
import urllib.error
import urllib.request

import grpc
import numpy as np
import tritonclient.grpc as over_grpc
import tritonclient.http as over_http
from tritonclient.grpc import service_pb2 as messages
from tritonclient.grpc import service_pb2_grpc as stubs
from tritonclient.utils import InferenceServerException

HTTP, GRPC, MODEL, VERSION, TOKEN = sys.argv[1:6]
# The client over HTTP writes into the headers that it is given.
OWNER = {"authorization": f"Bearer {TOKEN}"}
X = np.array([[0.25, -0.5], [0.125, 0.0625]], np.float64)
clients = {"grpc": over_grpc.InferenceServerClient(GRPC), "http": over_http.InferenceServerClient(HTTP)}
modules = {"grpc": over_grpc, "http": over_http}
calls = []


class Recording(grpc.UnaryUnaryClientInterceptor):
    # The bytes of each call by somebody who shows nothing, as they are on the wire.
    def intercept_unary_unary(self, proceed, details, request):
        answer = proceed(details, request)
        if not any(key == "authorization" for key, _ in details.metadata or ()):
            reply = answer.result().SerializeToString().hex() if answer.exception() is None else None
            calls.append({"path": details.method, "request": request.SerializeToString().hex(), "status": answer.code().name, "reply": reply})
        return answer


stub = stubs.GRPCInferenceServiceStub(grpc.intercept_channel(grpc.insecure_channel(GRPC), Recording()))
clients["grpc"]._client_stub = stub


def check(name, work):
    try:
        print(json.dumps({"name": name, "ok": True, "told": work()}))
    except Exception as error:
        print(json.dumps({"name": name, "ok": False, "told": f"{type(error).__name__}: {error}"}))


def need(what, why=""):
    if not what:
        raise AssertionError(why)


def refused(work):
    try:
        work()
    except InferenceServerException as error:
        return f"{error.status()} {error.message()}"
    except grpc.RpcError as error:
        return f"{error.code()} {error.details()}"
    raise AssertionError("it was answered")


def infer(door, binary=None, x=X, headers=None, **more):
    module = modules[door]
    tensor = module.InferInput("features", list(x.shape), "FP64")
    if binary is None:
        tensor.set_data_from_numpy(x)
        outputs = [module.InferRequestedOutput("score")]
    else:
        tensor.set_data_from_numpy(x, binary_data=binary[0])
        outputs = [module.InferRequestedOutput("score", binary_data=binary[1])]
    return clients[door].infer(MODEL, [tensor], outputs=outputs, request_id="id-1", headers=headers, **more)


def scores(answer):
    found = answer.as_numpy("score")
    need(found is not None and found.dtype == np.float64, "no scores of float64")
    response = answer.get_response()
    need((response["id"] if isinstance(response, dict) else response.id) == "id-1", "the id is not that of the request")
    # Hexadecimal tells every bit.
    return [float(score).hex() for score in np.asarray(found).ravel()]


for door, client in clients.items():
    check(f"{door}: live, ready and the model ready", lambda c=client: need(c.is_server_live() and c.is_server_ready() and c.is_model_ready(MODEL) and c.is_model_ready(MODEL, VERSION)))
    check(f"{door}: a model that there is none of is not ready", lambda c=client: need(c.is_model_ready("nope") is False))
    check(f"{door}: server metadata", lambda c=client, d=door: (c.get_server_metadata() if d == "http" else c.get_server_metadata(as_json=True))["name"])
    check(f"{door}: model metadata", lambda c=client, d=door: (c.get_model_metadata(MODEL) if d == "http" else c.get_model_metadata(MODEL, as_json=True))["inputs"][0]["datatype"])
    check(f"{door}: model configuration", lambda c=client, d=door: (c.get_model_config(MODEL) if d == "http" else c.get_model_config(MODEL, as_json=True)["config"])["name"])
    check(f"{door}: repository index", lambda c=client, d=door: (c.get_model_repository_index() if d == "http" else c.get_model_repository_index(as_json=True)["models"])[0]["state"])
    check(f"{door}: statistics", lambda c=client, d=door: (c.get_inference_statistics(MODEL) if d == "http" else c.get_inference_statistics(MODEL, as_json=True))["model_stats"][0]["name"])
    check(f"{door}: infer", lambda d=door: scores(infer(d)))
    check(f"{door}: infer under its version", lambda d=door: scores(infer(d, model_version=VERSION)))
    check(f"{door}: infer as somebody", lambda d=door: scores(infer(d, headers=dict(OWNER))))
    check(f"{door}: infer a thousand rows", lambda d=door: len(scores(infer(d, x=np.tile(X, (500, 1))))))
    check(f"{door}: an unknown model is refused", lambda d=door, c=client: refused(lambda: c.infer("nope", [modules[d].InferInput("features", [1, 2], "FP64").set_data_from_numpy(X[:1])])))
    check(f"{door}: an unknown version is refused", lambda d=door: refused(lambda: infer(d, model_version="7")))
    check(f"{door}: a wrong token is refused", lambda d=door: refused(lambda: infer(d, headers={"authorization": "Bearer asof_owner_0"})))
    check(f"{door}: another datatype is refused", lambda d=door, c=client: refused(lambda: c.infer(MODEL, [modules[d].InferInput("features", [2, 2], "FP32").set_data_from_numpy(X.astype(np.float32))])))
    check(f"{door}: NaN is refused", lambda d=door: refused(lambda: infer(d, x=np.array([[np.nan, 1]]))))

def streamed(model=MODEL):
    told = queue.Queue()
    tensor = over_grpc.InferInput("features", list(X.shape), "FP64")
    tensor.set_data_from_numpy(X)
    with over_grpc.InferenceServerClient(GRPC) as client:
        client.start_stream(lambda result, error: told.put(result if error is None else error))
        client.async_stream_infer(model, [tensor], request_id="id-1")
        answer = told.get(timeout=30)
        client.stop_stream()
    if isinstance(answer, Exception):
        raise answer
    return scores(answer)


check("grpc: infer through a stream", streamed)
check("grpc: an unknown model is refused through a stream", lambda: refused(lambda: streamed("nope")))

for binary in ((False, False), (True, True), (True, False), (False, True)):
    check(f"http: infer, bytes in {binary[0]}, bytes out {binary[1]}", lambda b=binary: scores(infer("http", b)))


def default_outputs():
    tensor = over_http.InferInput("features", list(X.shape), "FP64")
    tensor.set_data_from_numpy(X)
    return [float(score).hex() for score in clients["http"].infer(MODEL, [tensor]).as_numpy("score").ravel()]


check("http: infer, no outputs named", default_outputs)
for way in ("gzip", "deflate"):
    check(f"http: {way} in and out", lambda w=way: scores(infer("http", (True, True), request_compression_algorithm=w, response_compression_algorithm=w)))
    check(f"grpc: {way}", lambda w=way: scores(infer("grpc", compression_algorithm=w)))


def typed(extra=b""):
    request = messages.ModelInferRequest(model_name=MODEL, id="id-2")
    tensor = request.inputs.add()
    tensor.name, tensor.datatype = "features", "FP64"
    tensor.shape.extend(X.shape)
    tensor.contents.fp64_contents.extend(X.ravel().tolist())
    if extra:
        request.raw_input_contents.append(extra)
    return [value.hex() for value in np.frombuffer(stub.ModelInfer(request, timeout=10).raw_output_contents[0], np.float64).tolist()]


def short():
    request = messages.ModelInferRequest(model_name=MODEL)
    tensor = request.inputs.add()
    tensor.name, tensor.datatype = "features", "FP64"
    tensor.shape.extend([2, 2])
    request.raw_input_contents.append(X.tobytes()[:-8])
    return stub.ModelInfer(request, timeout=10)


check("grpc: typed contents", typed)
check("grpc: raw and typed contents are refused", lambda: refused(lambda: typed(X.tobytes())))
check("grpc: raw contents that are too short are refused", lambda: refused(short))


def by_entity(door):
    module = modules[door]
    tensor = module.InferInput("entity", [3], "BYTES")
    tensor.set_data_from_numpy(np.array([b"ANT", b"BEE", b"CAT"], dtype=np.object_))
    answer = clients[door].infer(MODEL, [tensor], request_id="id-1", headers=dict(OWNER), parameters={"as_of": AS_OF})
    return scores(answer)


AS_OF = int(sys.argv[6])
for door in clients:
    check(f"{door}: by entity", lambda d=door: by_entity(d))


def rest(path, body):
    request = urllib.request.Request(f"http://{HTTP}/{path}", json.dumps(body).encode(), {"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=10) as reply:
            return reply.status, json.loads(reply.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def plain(data, shape=(2, 2)):
    return {"inputs": [{"name": "features", "shape": list(shape), "datatype": "FP64", "data": data}]}


for name, data in (("nested", X.tolist()), ("flat", X.ravel().tolist())):
    check(f"rest: {name} data", lambda d=data: [float(score).hex() for score in rest(f"v2/models/{MODEL}/infer", plain(d))[1]["outputs"][0]["data"]])
for name, body in (("a wrong shape", plain([1, 2, 3, 4], (2, 3))), ("an empty batch", plain([], (0, 2))), ("no inputs", {"inputs": []}), ("another schema", {"foo": 1})):
    check(f"rest: {name} is refused", lambda b=body: (lambda told: (need(told[0] == 400, told), told[1]["error"])[1])(rest(f"v2/models/{MODEL}/infer", b)))

if len(sys.argv) > 7:
    with open(sys.argv[7], "w") as file:
        json.dump([call for call in calls if len(call["request"]) < 2000], file, indent=1)
