"""An OMS on paper: python example.py BROKERS REGISTRY LOG PRICES PREFIX EQUITY [FILLS_TOPIC [NOW_IN_MICROSECONDS]]
It prints one order a line, and sends each back as a fill. It needs: pip install confluent-kafka fastavro"""
import io, json, struct, sys, time, urllib.error, urllib.request
from confluent_kafka import Consumer, Producer
from fastavro import parse_schema, schemaless_reader
BROKERS, REGISTRY, LOG, PRICES, PREFIX, EQUITY, FILLS, NOW = (sys.argv[1:] + [None, None])[:8]
prices, schemas = json.load(open(PRICES)), {}
models, capital, held, seen, sessions, nothing = {}, {}, {}, {}, {}, {"promotion": 0, "envelope": {"position": 0}}
producer, clock = Producer({"bootstrap.servers": BROKERS, "enable.idempotence": True}), lambda: int(NOW) if NOW else time.time_ns() // 1000
log_of = lambda message: dict(message.headers() or []).get("asof-log", b"").decode()

def consumer(topics, group):  # of committed messages alone
    one = Consumer({"bootstrap.servers": BROKERS, "group.id": group, "auto.offset.reset": "earliest"})
    one.subscribe([f"{PREFIX}.{topic}" for topic in topics])
    return one

def decoded(message):  # None for what is no Avro, or of no schema
    try:
        _, schema = struct.unpack(">bI", message.value()[:5])
        if schema not in schemas:
            with urllib.request.urlopen(f"{REGISTRY}/schemas/ids/{schema}") as reply:
                schemas[schema] = parse_schema(json.loads(json.load(reply)["schema"]))
        return schemaless_reader(io.BytesIO(message.value()[5:]), schemas[schema], None)
    except Exception as problem:
        if isinstance(problem, urllib.error.URLError) and getattr(problem, "code", 0) != 404: raise

def behind(told, message):  # what it rests on is on other topics
    model, limit = (known.get(told and told["model"], nothing) for known in (models, capital))
    return told and log_of(message) == LOG and (model["promotion"] < told["promotion"] or limit["envelope"]["position"] < told["capitalPosition"])

def refusal(told, message, position):
    if told is None or log_of(message) != LOG: return "other-log" if told else "unknown-schema"
    if position <= seen.get(message.partition(), 0): return "repeated"
    seen[message.partition()], live = position, models[told["model"]]
    if live["promotion"] != told["promotion"]: return "not-in-force"
    if live["artifact"] != told["artifact"]: return "unknown-digest"
    if told["backfilled"] or clock() >= told["validUntil"]: return "stale"
    return "older-session" if told["session"] < sessions.get(told["model"], told["session"]) else None

def act(told, position):
    model, own, fraction = told["model"], held.setdefault(told["model"], {}), min(told["capital"], capital[told["model"]]["fraction"])
    sessions[model], wanted = told["session"], {row["instrument"]: row["weight"] * fraction for row in told["rows"]}
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(clock() // 1_000_000))
    for name in sorted(({*wanted, *own}) & {*prices}):
        change = int(wanted.get(name, 0) * float(EQUITY) / prices[name]) - own.get(name, 0)
        own[name] = own.get(name, 0) + change
        fill = {"fill": f"{model}/{position}/{name}/1", "time": at, "quantity": change, "price": prices[name], "fee": 0}
        if change: print(json.dumps({"order": fill}), flush=True)
        if change and FILLS: producer.produce(FILLS, json.dumps(fill), key=model)

limits, predictions = consumer(["models.v1", "capital.v1"], f"{PREFIX}-python-{time.time_ns()}"), consumer(["predictions.v1"], f"{PREFIX}-python")
read, waiting = lambda one: [message for message in one.consume(100, 0.05) if not message.error()], []
while producer.flush() == 0:
    for told in filter(None, (decoded(message) for message in read(limits) if log_of(message) == LOG)):
        (capital if "fraction" in told else models)[told["model"]] = told
    waiting += read(predictions)
    while waiting and not behind(told := decoded(waiting[0]), waiting[0]):
        position = int(dict((message := waiting.pop(0)).headers() or []).get("asof-position", 0))
        why = refusal(told, message, position)
        print(json.dumps({"refused": why, "position": position}), flush=True) if why else act(told, position)
