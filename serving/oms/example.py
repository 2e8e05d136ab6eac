"""An OMS on paper: python example.py BROKERS REGISTRY LOG PRICES PREFIX EQUITY [FILLS_TOPIC [NOW_IN_MICROSECONDS]]
It prints one order a line, and sends each back as a fill. It needs: pip install confluent-kafka fastavro"""
import io, json, math, struct, sys, time, urllib.error, urllib.request
from confluent_kafka import Consumer, Producer
from fastavro import parse_schema, schemaless_reader
BROKERS, REGISTRY, LOG, PRICES, PREFIX, EQUITY, FILLS, NOW = (sys.argv[1:] + [None, None])[:8]
RECORDS = {f"{PREFIX}.{topic}.v1": f"asof.topics.{name}" for topic, name in [("models", "Model"), ("capital", "Capital"), ("predictions", "Prediction")]}
prices, schemas = json.load(open(PRICES)), {}
models, capital, held, seen, sessions, nothing = {}, {}, {}, {}, {}, {"promotion": 0, "envelope": {"position": 0}}
producer, clock = Producer({"bootstrap.servers": BROKERS, "enable.idempotence": True}), lambda: int(NOW) if NOW else time.time_ns() // 1000
header, is_over = lambda message, name: dict(message.headers() or []).get(name, b"").decode(), lambda told: told["backfilled"] or clock() >= told["validUntil"]

def consumer(topics, group):  # of committed messages alone
    one = Consumer({"bootstrap.servers": BROKERS, "group.id": group, "auto.offset.reset": "earliest"})
    one.subscribe([f"{PREFIX}.{topic}" for topic in topics])
    return one

def decoded(message):  # None for what is no Avro, of no schema, or of that of another topic
    try:
        _, schema = struct.unpack(">bI", message.value()[:5])
        if schema not in schemas:
            with urllib.request.urlopen(f"{REGISTRY}/schemas/ids/{schema}") as reply:
                schemas[schema] = parse_schema(json.loads(json.load(reply)["schema"]))
        told = schemaless_reader(rest := io.BytesIO(message.value()[5:]), schemas[schema], None)
        return told if schemas[schema]["name"] == RECORDS[message.topic()] and not rest.read() else None
    except Exception as problem:
        if isinstance(problem, urllib.error.URLError) and getattr(problem, "code", 0) != 404: raise

def refusal(told, message):  # "waits" where what it rests on has not come yet on its own topic; what is over waits for nothing
    if told is None or header(message, "asof-log") != LOG: return "other-log" if told else "unknown-schema"
    position, weights = told["envelope"]["position"], {row["instrument"]: row["weight"] for row in told["rows"]}
    whole = 0 <= told["capital"] <= 1 and len(weights) == len(told["rows"]) and all(map(math.isfinite, weights.values()))
    if not whole or header(message, "asof-position") != str(position): return "broken"
    if position <= seen.get(message.partition(), 0): return "repeated"
    if is_over(told): return "stale"
    live, limit = (known.get(told["model"], nothing) for known in (models, capital))
    if live["promotion"] < told["promotion"] or limit["envelope"]["position"] < told["capitalPosition"]: return "waits"
    if live["promotion"] != told["promotion"] or live["artifact"] != told["artifact"]: return "not-in-force"
    return "older-session" if told["session"] < sessions.get(told["model"], told["session"]) else None

def act(told, partition):
    model, own, fraction = told["model"], held.setdefault(told["model"], {}), min(told["capital"], capital[told["model"]]["fraction"])
    seen[partition] = position = told["envelope"]["position"]
    sessions[model], wanted = told["session"], {row["instrument"]: row["weight"] * fraction for row in told["rows"]}
    for name in sorted(({*wanted, *own}) & {*prices}):
        change = int(wanted.get(name, 0) * float(EQUITY) / prices[name]) - own.get(name, 0)
        own[name], at = own.get(name, 0) + change, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(clock() // 1_000_000))
        fill = {"fill": f"{model}/{position}/{name}/1", "time": at, "quantity": change, "price": prices[name], "fee": 0}
        if change: print(json.dumps({"order": fill}), flush=True)
        if change and FILLS: producer.produce(FILLS, json.dumps(fill), key=model)

limits, predictions = consumer(["models.v1", "capital.v1"], f"{PREFIX}-python-{time.time_ns()}"), consumer(["predictions.v1"], f"{PREFIX}-python")
read, waiting = lambda one: [message for message in one.consume(100, 0.05) if not message.error()], []
while producer.flush() == 0:
    for told in filter(None, (decoded(message) for message in read(limits) if header(message, "asof-log") == LOG)):
        if 0 <= told.get("fraction", 0) <= 1: (capital if "fraction" in told else models)[told["model"]] = told  # any other is no limit
    waiting += read(predictions)
    while waiting and (why := refusal(told := decoded(waiting[0]), waiting[0])) != "waits":
        message = waiting.pop(0)
        print(json.dumps({"refused": why, "position": int(header(message, "asof-position") or 0)}), flush=True) if why else act(told, message.partition())
