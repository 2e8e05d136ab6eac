#!/usr/bin/env python3
"""Checks a claim pack offline, with the Python standard library alone: python3 verify.py ARCHIVE_OR_FOLDER [--vkey KEY]

An auditor runs a copy of this file that came another way than the pack, and states the log's public key with --vkey: then
nothing in the pack is trusted. Exit code 0: everything follows. 1: something does not, and is named.
"""
import base64, functools, hashlib, json, math, os, struct, sys, zlib

SCHEMAS_SHA256 = "@SCHEMAS@"
CLAIM_TYPE = "application/vnd.asof.claim.v1+json"
TRIALS = ("experiment.RunStarted", "run.Opened", "run.AmendmentOpened")
class Bad(Exception): """Something that is not proved."""
def need(fact, problem):
    if not fact: raise Bad(problem)

# --- Ed25519, RFC 8032 section 5.1 -------------------------------------------------------------------------------
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)
def add(a, b):
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    x, y, z, t = f - e, h - g, h + g, f + e
    return (x * y % P, z * t % P, y * z % P, x * t % P)
def times(n, point):
    out = (0, 1, 1, 0)
    while n:
        out = add(out, point) if n & 1 else out
        point, n = add(point, point), n >> 1
    return out
def point_of(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    need(y < P, "a point is not canonical")
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    x = x if v * x * x % P == u else x * ROOT % P
    need(v * x * x % P == u, "a point is not on the curve")
    need(x or not sign, "a point is not canonical")
    x = P - x if x & 1 != sign else x
    return (x, y, 1, x * y % P)
def same(a, b):
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0
BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
def is_signed(key, message, signature):
    try:
        need(len(key) == 32 and len(signature) == 64, "a key or signature has another length")
        a, r = point_of(key), point_of(signature[:32])
        need(not same(times(8, a), (0, 1, 1, 0)), "a key of small order")
    except Bad:
        return False
    s = int.from_bytes(signature[32:], "little")
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    return s < L and same(times(s, BASE), add(r, times(k, a)))

# --- RFC 6962 trees and C2SP signed notes ------------------------------------------------------------------------
def sha(data): return hashlib.sha256(data).digest()
def node(left, right): return sha(b"\x01" + left + right)
def climbed(at, last, path, start):
    """RFC 9162, 2.1.3.2 and 2.1.4.2: the hash over what was there before, the hash over all, and whether the path ends at the top."""
    old = grown = start
    for one in path:
        if last == 0: return None, None, False
        if at & 1 or at == last:
            old, grown = node(one, old), node(one, grown)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            grown = node(grown, one)
        at, last = at >> 1, last >> 1
    return old, grown, last == 0
def included(index, size, leaf, proof, root):
    return index < size and climbed(index, size - 1, proof, leaf)[1:] == (root, True)
def consistent(size1, root1, size2, root2, proof):
    if size1 == size2: return not proof and root1 == root2
    if size1 <= 0 or size2 < size1 or not proof: return False
    path = ([root1] if size1 & (size1 - 1) == 0 else []) + proof
    twos = (size1 & -size1).bit_length() - 1
    return climbed((size1 - 1) >> twos, (size2 - 1) >> twos, path[1:], path[0]) == (root1, root2, True)
def root_of(leaves):
    row = list(leaves)
    while len(row) > 1:
        row = [node(*row[i:i + 2]) if i + 1 < len(row) else row[i] for i in range(0, len(row), 2)]
    return row[0]
def unbase64(text):
    need(base64.b64encode(base64.b64decode(text, validate=True)).decode() == text, "base64 that is not canonical")
    return base64.b64decode(text)
def key_of(vkey):
    name, number, text = vkey.strip().split("+", 2)
    typed = unbase64(text)
    need(len(typed) == 33 and typed[0] == 1, "the log's key is no Ed25519 key")
    need(sha(name.encode() + b"\n" + typed)[:4].hex() == number, "the log's key has another number")
    return name, typed[1:], typed
def is_note_line(line, text, vkey):
    name, key, typed = key_of(vkey)
    dash, who, coded = line.split(" ")
    data = unbase64(coded)
    number = sha(name.encode() + b"\n" + typed)[:4]
    return dash == "\u2014" and who == name and data[:4] == number and is_signed(key, text.encode(), data[4:])
def checkpoint_of(note, keys):
    end = note.rindex("\n\n") + 1
    text, lines = note[:end], note[end + 1:].split("\n")
    need(lines.pop() == "" and len(lines) == 1, "a checkpoint has another form")
    need(any(is_note_line(lines[0], text, key) for key in keys), "a checkpoint is not signed by the log's key")
    parts = text.split("\n")
    need(parts.pop() == "" and len(parts) in (3, 4) and str(int(parts[1])) == parts[1], "a checkpoint has another form")
    root = unbase64(parts[2])
    need(len(root) == 32, "a checkpoint has another form")
    return int(parts[1]), root

# --- Events: the leaf is the event, byte for byte ----------------------------------------------------------------
class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0
    def take(self, count):
        need(0 <= count <= len(self.data) - self.at, "bytes end too early")
        self.at += count
        return self.data[self.at - count:self.at]
    def number(self):
        return struct.unpack(">q", self.take(8))[0]
    def blob(self):
        length = struct.unpack(">I", self.take(4))[0]
        return None if length == 0xFFFFFFFF else self.take(length)
    def text(self):
        blob = self.blob()
        return None if blob is None else blob.decode()
    def avro(self, schema):
        kind = schema["type"] if isinstance(schema, dict) else schema
        if isinstance(kind, list):
            branch = self.varint()
            need(0 <= branch < len(kind), "data are not of their schema")
            return self.avro(kind[branch])
        if kind == "record":
            return {field["name"]: self.avro(field["type"]) for field in schema["fields"]}
        if kind == "array":
            items = []
            while count := self.varint():
                if count < 0: self.varint()
                items.extend(self.avro(schema["items"]) for _ in range(abs(count)))
            return items
        if kind == "string": return self.take(self.varint()).decode()
        if kind == "long": return self.varint()
        if kind == "double": return struct.unpack("<d", self.take(8))[0]
        if kind == "boolean": return self.take(1) == b"\x01"
        need(kind == "null", "a schema of another kind")
    def varint(self):
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128: return (value >> 1) ^ -(value & 1)
def event_of(leaf, schemas):
    it = Reader(leaf)
    need(it.take(1) == b"\x01", "an event has another format")
    event = {"position": it.number(), "id": it.text(), "stream": it.text(), "revision": it.number()}
    event.update(type=it.text(), version=it.number(), eventTime=it.number(), knownAt=it.number())
    event.update(recordedAt=it.number(), commandId=it.text(), actor=it.text(), correlationId=it.text())
    event.update(causationId=it.text(), chunks=[])
    for _ in range(it.number()):
        event["chunks"].append({"hash": it.text(), "format": it.text(), "rest": it.take(32)})
    event["bytes"] = it.blob()
    need(it.at == len(leaf), "an event has bytes too many")
    schema = schemas.get(event["type"] + "@" + str(event["version"]))
    if schema:
        data = Reader(event["bytes"])
        event["data"] = data.avro(schema)
        need(data.at == len(event["bytes"]), "an event's data have bytes too many")
    return event

# --- The number --------------------------------------------------------------------------------------------------
def mean_of(series):
    first = sum_of(series) / len(series)
    return first + sum_of([one - first for one in series]) / len(series)
def sum_of(series): return functools.reduce(lambda total, one: total + one, series, 0.0)
def sharpe(series, per_year):
    mean = mean_of(series)
    return mean / math.sqrt(sum_of([(x - mean) * (x - mean) for x in series]) / (len(series) - 1)) * math.sqrt(per_year)
def per_year_of(sessions):
    years = (sessions[-1] - sessions[0]) / 365.25
    found = (len(sessions) - 1) / years
    near = max(0.025, min(0.15, 4.5 / len(sessions)))
    return next((usual for usual in (252, 365, 52, 12, 4, 1) if abs(found - usual) <= near * usual), found)
def after_fees(series, fees, per_year):
    value, most, out = 1.0, 1.0, []
    for one in series:
        before = value
        value *= 1 + one - fees["managementBps"] / 10000 / per_year
        if value > most:
            value -= fees["performance"] * (value - most)
            most = value
        out.append(value / before - 1)
    return out
def measured(measure, series, per_year):
    return (math.prod([1 + x for x in series], start=1.0) - 1) * 100 if measure == "live-return" else sharpe(series, per_year)
def live_days(events, draft, read_at):
    days = {}
    for event in events:
        data = event.get("data", {})
        if event["position"] > read_at or not event["commandId"].startswith("outcome/") or data.get("model") != draft["model"]:
            continue
        if event["type"] == "prediction.OutcomeObserved":
            days[data["session"]] = [data["net"], False, data["capital"] > 0 and not data["backfilled"]]
        elif event["type"] == "prediction.OutcomesRestated":
            for one in data["sessions"]:
                if one["session"] in days:
                    days[one["session"]][:2] = [one["net"], True]
    return [(session, *days[session]) for session in sorted(days) if draft["from"] <= session < draft["to"]]
def field(data, table, number):
    """Where a field of a flatbuffer's table lies; 0 where it is not there."""
    entry = table - struct.unpack_from("<i", data, table)[0]
    slot = 4 + 2 * number
    here = struct.unpack_from("<H", data, entry)[0] > slot and struct.unpack_from("<H", data, entry + slot)[0]
    return here and table + here
def follow(data, at): return at + struct.unpack_from("<I", data, at)[0]
def held_out_days(data, draft):
    """`session` and `net` of a run's table of days: one record batch of an Arrow file, columns 3 and 6, two buffers each."""
    foot = data[-10 - struct.unpack_from("<i", data, len(data) - 10)[0]:]
    block = struct.unpack_from("<qi4xq", foot, follow(foot, field(foot, follow(foot, 0), 3)) + 4)
    message, body = data[block[0] + 8:], data[block[0] + block[1]:]
    batch = follow(message, field(message, follow(message, 0), 2))
    count = struct.unpack_from("<q", message, field(message, batch, 0))[0]
    buffers = follow(message, field(message, batch, 2)) + 4
    columns = []
    for column in (3, 6):
        start, length = struct.unpack_from("<qq", message, buffers + 16 * (2 * column + 1))
        need(length >= 8 * count, "the table of days ends too early")
        columns.append(struct.unpack_from("<%dd" % count, body, start))
    return [(s, n, False, True) for s, n in zip(*columns) if draft["from"] <= s < draft["to"]]
def check_number(events, files, draft, figure):
    if draft["measure"] == "held-out-sharpe":
        ends = [e for e in events if e["type"] == "experiment.RunFinished" and e["data"]["run"] == figure["run"]]
        need(ends and ends[0]["data"]["artifact"] == figure["artifact"], "the run is not the one that is claimed of")
        days = held_out_days(files["chunks/%s.arrow" % ends[0]["data"]["returns"]], draft)
    else:
        days = [day for day in live_days(events, draft, figure["readAt"]) if day[3]]
    need(len(days) == figure["sessions"], "%d sessions count, and the claim says %d" % (len(days), figure["sessions"]))
    need(sum(day[2] for day in days) == figure["restated"], "other sessions were restated")
    series, per_year = [day[1] for day in days], per_year_of([day[0] for day in days])
    need(near(measured(draft["measure"], series, per_year), figure["gross"]), "the gross number does not follow")
    net = draft["fees"] and measured(draft["measure"], after_fees(series, draft["fees"], per_year), per_year)
    need(net == figure["net"] or near(net, figure["net"]), "the net number does not follow")
    need(0 <= draft["decimals"] <= 8, "a number of so many decimals is none")
    for which in ("gross", "net"):
        if draft[which] is not None:
            half = 0.5 * 10.0 ** -draft["decimals"] * (1 + 1e-9)
            need(abs(draft[which] - figure[which]) <= half, "the stated number is not the exact one, rounded")
    return "gross %r, net %r from %d sessions" % (figure["gross"], figure["net"], len(days))
def near(one, other): return other is not None and abs(one - other) <= 1e-10 * max(1.0, abs(one))

# --- The pack ----------------------------------------------------------------------------------------------------
def unpacked(data):
    """The files of a zip archive that are stored, in the one form that Asof writes: each of its bytes is as it must be."""
    files, at, heads = {}, 0, b""
    while data[at:at + 4] == b"PK\3\4":
        size, length = struct.unpack_from("<I", data, at + 18)[0], struct.unpack_from("<H", data, at + 26)[0]
        name, content = data[at + 30:at + 30 + length], data[at + 30 + length:at + 30 + length + size]
        shared = struct.pack("<5H3I2H", 20, 0, 0, 0, 33, zlib.crc32(content), size, size, length, 0)
        need(data[at + 4:at + 30] == shared and name.decode() not in files, "the archive is not in its form")
        heads += b"PK\1\2\x14\0" + shared + bytes(10) + struct.pack("<I", at) + name
        files[name.decode()], at = content, at + 30 + length + size
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, len(files), len(files), len(heads), at, 0)
    need(files and data[at:] == heads + end and list(files) == sorted(files), "the archive is not in its form")
    return files
def files_in(folder):
    if os.path.isfile(folder):
        with open(folder, "rb") as file: return unpacked(file.read())
    files = {}
    for root, folders, names in os.walk(folder):
        for path in [os.path.join(root, name) for name in folders + names]:
            need(not os.path.islink(path), "a link is in the pack")
            if not os.path.isdir(path):
                need(os.path.isfile(path), "something that is no file is in the pack")
                with open(path, "rb") as file:
                    files[os.path.relpath(path, folder).replace(os.sep, "/")] = file.read()
    return files
def check_manifest(files):
    said = files.pop("MANIFEST")
    lines = ["%s  %s\n" % (sha(files[name]).hex(), name) for name in sorted(files)]
    listed = said.decode().splitlines(keepends=True)
    need(not set(lines) ^ set(listed), "file %s is not as the manifest has it" % min(set(lines) ^ set(listed) or [""])[66:].strip())
    need("".join(lines).encode() == said, "the manifest is not in its form")
    return files
def frames(data, head):
    it, out = Reader(data), []
    while it.at < len(data):
        out.append(it.blob() if head == 4 else [it.take(32) for _ in range(it.take(1)[0])])
    return out
def json_text(value): return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
def keys_from(current, events):
    keys = [current]
    for event in reversed([e for e in events if e["type"] == "access.SealKeyRotated"]):
        it = event["data"]
        text = "asof: another key seals this log\n%s\n%s\n%s\n%s\n" % (it["log"], it["from"], it["to"], json_text(it["reason"]))
        if it["to"] == keys[-1] and is_note_line(it["signedByOld"].strip(), text, it["from"]) \
                and is_note_line(it["signedByNew"].strip(), text, it["to"]):
            keys.append(it["from"])
    return keys
def check_life(events, claim, log):
    life = [e for e in events if e["stream"] == "claim-" + claim]
    need([e["revision"] for e in life] == list(range(1, len(life) + 1)), "an event of the claim is left out")
    draft, check, approval, told = None, None, None, []
    for event in life:
        kind, data = event["type"], event["data"]
        if kind == "claim.Drafted":
            draft, check, approval = event, None, None
        elif kind == "claim.Checked":
            need(data["draft"] == sha(draft["bytes"]).hex(), "a check is of another draft")
            check, approval = event, None
        elif kind == "claim.Approved":
            need(check["data"]["passed"] and data["check"] == sha(check["bytes"]).hex(), "an approval is of another check")
            need(data["draft"] == sha(draft["bytes"]).hex(), "an approval is of another draft")
            policies = [e for e in events if e["type"] == "approval.PolicySet" and e["position"] < event["position"]]
            members = {m["member"]: m["publicKey"] for m in policies[-1]["data"]["policy"]["quorum"]["members"]}
            body = json_text(dict({k: v for k, v in data.items() if k != "signature"}, log=log)).encode()
            signed = b"DSSEv1 %d %s %d %s" % (len(CLAIM_TYPE), CLAIM_TYPE.encode(), len(body), body)
            need(is_signed(unbase64(members[data["member"]])[-32:], signed, unbase64(data["signature"])), "an approval is not signed")
            approval = event
        elif kind == "claim.Disseminated":
            need(approval and data["check"] == sha(check["bytes"]).hex(), "it went out without an approval")
            need(data["advertisement"] == event["chunks"][0]["hash"], "the copy of an advertisement is another one")
        told += [(draft["data"], data["figure"])] if data.get("figure") and not data.get("problems") else []
    need(draft, "there is no such claim")
    return life, draft["data"], check and check["data"], told
def check_trials(events, trials, read_at):
    families, lines = {}, []
    for event in (e for e in events if e["type"] in TRIALS and e["position"] <= read_at):
        run = event["data"]["run"]
        family = event["data"].get("family", families.get(run))
        families.setdefault(run, family)
        lines += ["%d %s\n" % (event["position"], run)] if family == trials["family"] else []
    need(len(lines) == trials["started"], "%d trials are here and %d were started" % (len(lines), trials["started"]))
    need(sha("".join(lines).encode()).hex() == trials["digest"], "the trials are not those that were started")
    return len(lines)
def shown(text):  # What a pack says moves no cursor.
    return "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text)
def say(text): print("ok   " + shown(text))
def main(folder, vkey=None):
    files = check_manifest(files_in(folder))
    say("manifest: %d files" % len(files))
    need(SCHEMAS_SHA256 in (sha(files["schemas.json"]).hex(), "@" + "SCHEMAS@"), "the schemas are of another release")
    schemas, pack = json.loads(files["schemas.json"]), json.loads(files["pack.json"])
    leaves = frames(files["events.bin"], 4)
    events = [event_of(leaf, schemas) for leaf in leaves]
    positions = [event["position"] for event in events]
    need(positions == sorted(set(positions)), "events are not in the log's order")
    given = (vkey or files["log.vkey"].decode()).strip()
    keys = keys_from(given, events)
    size, root = checkpoint_of(files["checkpoint"].decode(), keys)
    say("checkpoint over %d events, signed by %s%s" % (size, given[:40], "" if vkey else " (the pack's own word)"))
    whole = positions == list(range(1, size + 1))
    proofs = frames(files["proofs.bin"], 1)
    if whole:
        need(root_of([sha(b"\0" + leaf) for leaf in leaves]) == root and not proofs, "the events are not those of the checkpoint")
    else:
        need(len(proofs) == len(leaves), "a proof is missing")
        for at, leaf, proof in zip(positions, leaves, proofs):
            need(included(at - 1, size, sha(b"\0" + leaf), proof, root), "event %d is not in the log that was signed" % at)
    commands = ["asof verify --checkpoint checkpoint", "asof replay --to %d" % size]
    said = {"format": "asof.claim-pack/1", "claim": pack["claim"], "stream": "claim-" + pack["claim"], "log": pack["log"]}
    said.update(whole=whole, size=size, replay={"commands": commands, "root": root.hex()})
    need(pack == said, "pack.json tells of another log")
    say("%d events are in that log%s" % (len(events), ", and there are no others" if whole else ""))
    notes = json.loads(files["checkpoints.json"])
    grown = frames(files["consistency.bin"], 1)
    need(len(notes) == len(grown) and notes, "a proof is missing")
    for note, proof in zip(notes, grown):
        old_size, old_root = checkpoint_of(note, keys)
        need(old_size == 0 or consistent(old_size, old_root, size, root, proof), "the log is no longer the one of an earlier checkpoint")
    say("%d earlier checkpoints are of the same log" % len(notes))
    log = sha(notes[0].encode()).hex()
    need(log == pack["log"], "pack.json names another log")
    for name in (name for name in files if name.startswith("chunks/")):
        need(name[7:].split(".")[0] == sha(files[name]).hex(), "chunk %s is another one" % name)
    life, draft, check, told = check_life(events, pack["claim"], log)
    copies = {"chunks/%s.%s" % (chunk["hash"], chunk["format"]) for event in life for chunk in event["chunks"]}
    need(copies <= set(files), "a copy of the advertisement is missing")
    say("the claim: %s" % ", ".join(event["type"][6:].lower() for event in life if event["type"] != "claim.Rederived"))
    again = [event["data"]["problems"] for event in life if event["type"] == "claim.Rederived"]
    if again: say("worked out again %d times, the last: %s" % (len(again), "; ".join(again[-1]) or "it follows"))
    stream = sorted(e["revision"] for e in events if e["stream"] == "prediction-" + draft["model"])
    need(stream == list(range(1, len(stream) + 1)), "an outcome is left out")
    for then, figure in told:
        number = check_number(events, files, then, figure)
    say("the number: %s" % number)
    if check:
        count = check_trials(events, check["trials"], check["figure"]["readAt"])
        how = "every event of the log is here" if whole else "the log said so itself when it was checked"
        say("all %d trials of family %s (%s)" % (count, check["trials"]["family"], how))
    print(shown("\n%s\n%s: gross %s, net %s (%s, %s)" % (draft["text"], draft["measure"], draft["gross"], draft["net"], draft["regime"], draft["unit"])))

if __name__ == "__main__":
    try:
        arguments = sys.argv[1:]
        key = arguments[arguments.index("--vkey") + 1] if "--vkey" in arguments else None
        main(next((a for a in arguments if a not in ("--vkey", key)), os.path.dirname(os.path.abspath(__file__))), key)
    except Exception as problem:
        unread = "" if isinstance(problem, Bad) else "the pack cannot be read: %s: " % type(problem).__name__
        sys.exit(shown("NOT PROVED: %s%s" % (unread, problem)))
