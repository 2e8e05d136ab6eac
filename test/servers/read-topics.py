"""Reads all topics of a prefix as Python's users do, committed messages alone, and prints one line for each: its topic,
partition, key and position, the position once more as the Avro of its envelope has it."""
import io, json, struct, sys, urllib.request
from confluent_kafka import Consumer, TopicPartition
from fastavro import parse_schema, schemaless_reader

brokers, registry, prefix = sys.argv[1:4]
reader = Consumer({"bootstrap.servers": brokers, "group.id": f"{prefix}-counting", "auto.offset.reset": "earliest",
                   "enable.auto.commit": False, "enable.partition.eof": True})
topics = [name for name in reader.list_topics(timeout=20).topics if name.startswith(prefix + ".") and not name.endswith("relay.v1")]
parts = [TopicPartition(name, number, 0) for name in topics
         for number in reader.list_topics(name, timeout=20).topics[name].partitions]
reader.assign(parts)
schemas, left = {}, len(parts)
while left > 0:
    for message in reader.consume(1000, 1.0):
        if message.error():
            left -= 1
            continue
        number = struct.unpack(">I", message.value()[1:5])[0]
        if number not in schemas:
            reply = json.load(urllib.request.urlopen(f"{registry}/schemas/ids/{number}"))
            schemas[number] = parse_schema(json.loads(reply["schema"]))
        told = schemaless_reader(io.BytesIO(message.value()[5:]), schemas[number], None)
        position = dict(message.headers())["asof-position"].decode()
        print(json.dumps([message.topic()[len(prefix) + 1:], message.partition(), message.key().decode(), position,
                          str(told["envelope"]["position"])]))
