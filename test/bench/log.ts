/**
 * How fast the embedded log makes events durable and reads them back, beside the same bytes written raw to a file with
 * fdatasync, in the same run and folder.
 */
import { randomUUID } from 'node:crypto'
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AppendBatch, Draft } from '../../schemas/envelope.ts'
import { RowsArrived } from '../../schemas/events/data.ts'
import type { Registry } from '../../streams/log/codec.ts'
import { openEmbeddedLog, openSealedLog } from '../../streams/log/embedded/open.ts'
import type { EventLog } from '../../streams/log/port.ts'
import { noteSigner, privateKeyFrom } from '../../streams/log/seal/note.ts'
import { draft } from './arrival-draft.ts'

type LogBench = Readonly<{
  eventBytes: number
  single: Readonly<{ p50Millis: number; p99Millis: number; eventsPerSecond: number; timesRaw: number }>
  batch: Readonly<{ eventsPerSecond: number; rawEventsPerSecond: number; timesRaw: number }>
  /** Single events from callers that do not wait for each other. */
  grouped: Readonly<{ eventsPerSecond: number }>
  /** All events, decoded: once just written, and the best of three. */
  replay: Readonly<{ events: number; eventsPerSecond: number; bestEventsPerSecond: number }>
}>

type LogBenchOptions = Readonly<{
  singles?: number
  batches?: number
  eventsPerBatch?: number
  groups?: number
  /** Whether each commit is sealed, as a platform's is. */
  sealed?: boolean
  /** Where the log is made and removed; the disk that is measured. */
  under?: string
}>

const REGISTRY: Registry = new Map([[RowsArrived.type, RowsArrived]])
const clock = { nowMicros: () => Date.now() * 1000 }

export async function benchLog(options: LogBenchOptions = {}): Promise<LogBench> {
  const { singles = 2000, batches = 500, eventsPerBatch = 1000, groups = 200 } = options
  const { sealed = true, under = tmpdir() } = options
  const folder = mkdtempSync(join(under, 'asof-bench-log-'))
  const signer = noteSigner('asof.example/bench', privateKeyFrom(new Uint8Array(32).fill(1)))
  const seal = {
    folder: join(folder, 'seal'),
    origin: signer.name,
    signer,
    began: randomUUID(),
    wasSealed: false,
  }
  const parts = { folder: join(folder, 'log'), registry: REGISTRY, clock }
  const log = sealed ? await openSealedLog({ ...parts, seal: async () => seal }) : openEmbeddedLog(parts)
  try {
    const eventBytes = RowsArrived.avro.toBuffer(draft(1).data).length + ENVELOPE_BYTES
    const raw = join(folder, 'raw')
    const latencies = await millisEach(singles, (i) => write(log, batch('data-single', i, [draft(i)])))
    const rawLatencies = await rawMillisEach(singles, raw, eventBytes)
    const many = Array.from({ length: eventsPerBatch }, (_, i) => draft(i))
    const batchMillis = await millisEach(batches, (i) =>
      write(log, batch('data-batch', i * eventsPerBatch, many)),
    )
    const rawBatchMillis = await rawMillisEach(batches, raw, eventBytes * eventsPerBatch)
    const groupMillis = await millisEach(groups, (i) =>
      Promise.all(Array.from({ length: 100 }, (_, k) => write(log, batch(`data-group-${k}`, i, [draft(i)])))),
    )
    const replays = await millisEach(3, () => replay(log))
    const { position: events } = await log.head()
    const batchEvents = batches * eventsPerBatch
    return {
      eventBytes,
      single: {
        p50Millis: quantile(latencies, 0.5),
        p99Millis: quantile(latencies, 0.99),
        eventsPerSecond: perSecond(singles, latencies),
        timesRaw: sum(latencies) / sum(rawLatencies),
      },
      batch: {
        eventsPerSecond: perSecond(batchEvents, batchMillis),
        rawEventsPerSecond: perSecond(batchEvents, rawBatchMillis),
        timesRaw: sum(batchMillis) / sum(rawBatchMillis),
      },
      grouped: { eventsPerSecond: perSecond(groups * 100, groupMillis) },
      replay: {
        events,
        eventsPerSecond: perSecond(events, replays.slice(0, 1)),
        bestEventsPerSecond: perSecond(events, [Math.min(...replays)]),
      },
    }
  } finally {
    await log.close()
    rmSync(folder, { recursive: true })
  }
}

/** About what position, id, times, leaf and the batch's row add to an event's data. */
const ENVELOPE_BYTES = 150

const batch = (stream: string, expected: number, events: readonly Draft[]): AppendBatch => ({
  ...{ stream, expected, events, commandId: `${stream}/${expected}` },
  ...{ actor: 'bench', correlationId: 'bench', causationId: null },
})

async function write(log: EventLog, events: AppendBatch): Promise<void> {
  const answer = await log.append(events)
  if (!answer.ok) throw new Error(answer.error.fault.message)
}

async function replay(log: EventLog): Promise<void> {
  let events = 0
  for await (const { length } of log.readAll(1)) events += length
  if (events !== (await log.head()).position) throw new Error('the replay is not whole')
}

function rawMillisEach(times: number, path: string, bytes: number): Promise<number[]> {
  const buffer = Buffer.alloc(bytes, 7)
  const file = openSync(path, 'a')
  const measured = millisEach(times, () => {
    writeSync(file, buffer)
    fdatasyncSync(file)
  })
  return measured.finally(() => closeSync(file))
}

async function millisEach(times: number, run: (index: number) => unknown): Promise<number[]> {
  const millis: number[] = []
  for (let index = 0; index < times; index++) {
    const started = performance.now()
    await run(index)
    millis.push(performance.now() - started)
  }
  return millis
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
const perSecond = (count: number, millis: readonly number[]): number => (count / sum(millis)) * 1000
const quantile = (values: readonly number[], at: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(at * (values.length - 1))] ?? Number.NaN
