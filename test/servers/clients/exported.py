# Reads what an export has for Triton and KServe with their own definitions, and says what they take it for.
# python exported.py triton config.pbtxt, with tritonclient; python exported.py kserve inference-service.yaml, with kserve. Prints one JSON object.
import json
import sys
from pathlib import Path
from types import SimpleNamespace

WHICH, FILE = sys.argv[1:3]
TEXT = Path(FILE).read_text()


def triton():
    from google.protobuf.json_format import MessageToDict
    from google.protobuf.text_format import Parse
    from tritonclient.grpc.model_config_pb2 import ModelConfig

    return MessageToDict(Parse(TEXT, ModelConfig()), preserving_proto_field_name=True)


def kserve():
    import kubernetes.client
    import yaml
    from kserve import ApiClient, V1beta1InferenceService

    # What their models do not know is not there any more when what they read is written again. Metadata is Kubernetes' own.
    sent = yaml.safe_load(TEXT)

    spec = SimpleNamespace(data=json.dumps(sent["spec"]))
    service = V1beta1InferenceService(
        api_version=sent["apiVersion"],
        kind=sent["kind"],
        metadata=kubernetes.client.V1ObjectMeta(**sent["metadata"]),
        spec=ApiClient().deserialize(spec, "V1beta1InferenceServiceSpec"),
    )
    return {"sent": sent, "read": ApiClient().sanitize_for_serialization(service)}


print(json.dumps({"triton": triton, "kserve": kserve}[WHICH]()))
