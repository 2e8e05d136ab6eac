/**
 * How fast a log on KurrentDB's protocol takes appends, beside the bare client with the same bytes at hand, and how long a log of 100,000 events
 * takes to open. The server is the small one of `test/support` in a process of its own, or the one that `ASOF_KURRENTDB` names.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { binaryEvent, KurrentDBClient, NO_STREAM } from '@kurrent/kurrentdb-client'
import type { AppendBatch } from '../../schemas/envelope.ts'
import { RowsArrived } from '../../schemas/events/data.ts'
import { codecOf, type Registry } from '../../streams/log/codec.ts'
import { openEmbeddedLog } from '../../streams/log/embedded/open.ts'
import { GroupPlan } from '../../streams/log/group.ts'
import { eventsOf } from '../../streams/log/kurrentdb/event.ts'
import { openKurrentLog } from '../../streams/log/kurrentdb/open.ts'
import type { NewEvent } from '../../streams/log/kurrentdb/server.ts'
import { MemoryStore } from '../../streams/log/memory/store.ts'
import type { EventLog } from '../../streams/log/port.ts'
import { noteSigner, privateKeyFrom } from '../../streams/log/seal/note.ts'
import { AT, draft } from './arrival-draft.ts'

type Row = Readonly<Record<string, string | number>>
const BATCHES = 60
const BATCH = 500
const SINGLES = 300
const ROUNDS = 2
const REGISTRY: Registry = new Map([[RowsArrived.type, RowsArrived]])
const nameOf = () => randomBytes(8).toString('hex')
const clock = { nowMicros: () => Date.now() * 1000 }

export async function benchKurrentdb(): Promise<{ appends: readonly Row[]; opening: readonly Row[] }> {
  const root = mkdtempSync(join(tmpdir(), 'asof-bench-kurrent-'))
  const server = process.env.ASOF_KURRENTDB === undefined ? await started() : null
  const url = process.env.ASOF_KURRENTDB ?? server?.url ?? ''
  try {
    return await measured(root, url)
  } finally {
    server?.process.kill()
    rmSync(root, { recursive: true })
  }
}

async function measured(root: string, url: string) {
  let made = 0
  const fresh = () => `asof-${randomUUID()}`
  const open = (stream: string, folder = join(root, String(made++)), sealed = true) =>
    openKurrentLog({
      ...{ folder: join(folder, 'log'), registry: REGISTRY, clock, server: { url, stream }, name: nameOf() },
      ...(sealed && { seal: async () => sealIn(folder) }),
    })
  const ways: Record<string, (batch: number, times: number) => Promise<number>> = {
    'the bare client, bytes at hand': (batch, times) => bare(url, prepared(batch, times)),
    'a log without a seal': async (batch, times) =>
      timed(await open(fresh(), undefined, false), batch, times),
    'a log, sealed': async (batch, times) => timed(await open(fresh()), batch, times),
    'the embedded log, without a seal, for comparison': async (batch, times) =>
      timed(openEmbeddedLog({ folder: join(root, String(made++)), registry: REGISTRY, clock }), batch, times),
  }
  const appends: Row[] = []
  for (const [batch, times] of [
    [BATCH, BATCHES],
    [1, SINGLES],
  ]) {
    const rounds = new Map<string, number[]>(Object.keys(ways).map((way) => [way, []]))
    for (let round = 0; round < ROUNDS; round++)
      for (const [way, run] of Object.entries(ways)) rounds.get(way)?.push(await run(batch, times))
    const [reference] = rounds.values()
    for (const [way, seconds] of rounds) {
      const best = Math.min(...seconds)
      appends.push({
        ...{ 'events per append': batch, appends: times, way },
        'events/s': Math.round((batch * times) / best),
        'millis per append': (best / times) * 1000,
        'times the bare client': best / Math.min(...reference),
      })
    }
  }
  const [stream, folder] = [fresh(), join(root, String(made++))]
  await timed(await open(stream, folder), BATCH, 200)
  const opening: Row[] = []
  const openings = [
    ['its copy up to date', folder],
    ['from the server alone', join(root, String(made++))],
  ] as const
  for (const [what, where] of openings) {
    const began = performance.now()
    const log = await open(stream, where)
    const seconds = (performance.now() - began) / 1000
    const { position } = await log.head()
    opening.push({ what, events: position, seconds })
    await log.close()
  }
  opening.push({
    what: 'the bare client reads it all',
    events: BATCH * 200,
    seconds: await bareRead(url, stream),
  })
  return { appends, opening }
}

const batchOf = (at: number, length: number): AppendBatch => ({
  ...{ stream: 'data-bench', expected: at * length, commandId: `bench:${at}` },
  ...{ actor: 'bench', correlationId: 'bench', causationId: null },
  events: Array.from({ length }, (_, i) => draft(at * length + i)),
})

/** Appends one after the other, each waited for. @returns seconds */
async function timed(log: EventLog, batch: number, times: number): Promise<number> {
  const batches = Array.from({ length: times }, (_, at) => batchOf(at, batch))
  const began = performance.now()
  for (const one of batches) {
    const answer = await log.append(one)
    if (!answer.ok) throw new Error(answer.error.fault.message)
  }
  const seconds = (performance.now() - began) / 1000
  await log.close()
  return seconds
}

/** The same events as they are sent. */
function prepared(batch: number, times: number): readonly (readonly NewEvent[])[] {
  const store = new MemoryStore()
  const codec = codecOf(REGISTRY)
  return Array.from({ length: times }, (_, at) => {
    const plan = new GroupPlan(store, AT)
    const made = batchOf(at, batch)
    plan.add({ batch: made, events: codec.encode(made) })
    store.write(plan.batches)
    return plan.batches.flatMap((one) => eventsOf(one, nameOf()))
  })
}

async function bare(url: string, appends: readonly (readonly NewEvent[])[]): Promise<number> {
  const client = KurrentDBClient.connectionString(url)
  const stream = `bare-${randomUUID()}`
  const began = performance.now()
  let revision = -1
  for (const events of appends) {
    const streamState = revision < 0 ? NO_STREAM : BigInt(revision)
    await client.appendToStream(
      stream,
      events.map((event) => binaryEvent(event)),
      { streamState },
    )
    revision += events.length
  }
  const seconds = (performance.now() - began) / 1000
  await client.dispose()
  return seconds
}

async function bareRead(url: string, stream: string): Promise<number> {
  const client = KurrentDBClient.connectionString(url)
  const began = performance.now()
  for await (const _ of client.readStream(stream)) {
    // Each event is made, and dropped.
  }
  const seconds = (performance.now() - began) / 1000
  await client.dispose()
  return seconds
}

function sealIn(folder: string) {
  const signer = noteSigner('asof.example/bench', privateKeyFrom(new Uint8Array(32).fill(1)))
  return { folder: join(folder, 'seal'), origin: signer.name, signer, began: randomUUID(), wasSealed: false }
}

async function started(): Promise<Readonly<{ process: ChildProcess; url: string }>> {
  const script = join(import.meta.dirname, '..', 'support', 'kurrentdb-process.ts')
  const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [url] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  return { process: child, url }
}
