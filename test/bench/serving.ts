/**
 * How fast a model in force answers over gRPC: by tensors (answered once written) and by entity (answered once durable), beside an
 * echo of bare grpc-js and ONNX Runtime in the same run. Server and client share this machine.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { status } from '@grpc/grpc-js'
import { quantileOf } from '../../streams/statistics/quantile.ts'
import { type Asker, asker, doublesIn, rawRequest } from '../support/grpc-client.ts'
import type { Ready } from './serving-child.ts'

const CONCURRENCIES = [1, 8, 32]
const CALLS = 3_000
const WARM = 500
const ROUNDS = 3

type Used = Readonly<{ cpuMicros: number; rssMb: number }>
type Way = Readonly<{ way: string; child: ChildProcess; client: Asker; ask: () => Promise<unknown> }>
type Measured = Readonly<{ millis: number[]; seconds: number; cpuMicros: number }>

export async function benchServing(): Promise<readonly Readonly<Record<string, string | number>>[]> {
  const [echo, asof] = [await started('echo'), await started('asof')]
  try {
    const sent = { authorization: asof.ready.authorization }
    const entity = entityRequest(asof.ready)
    const ways: readonly Way[] = [
      { way: 'echo', ...echo, ask: () => echo.client.call('ModelInfer', rawRequest('echo', [0.25, 0.5], 2)) },
      {
        way: 'by tensors, written',
        ...asof,
        ask: () => asof.client.call('ModelInfer', rawRequest(asof.ready.model, [0.25, 0.5], 2)),
      },
      { way: 'by entity, durable', ...asof, ask: () => asof.client.call('ModelInfer', entity, sent) },
    ]
    const rows = []
    for (const concurrency of CONCURRENCIES) rows.push(...(await beside(ways, concurrency)))
    return rows
  } finally {
    for (const { child, client } of [echo, asof]) {
      client.client.close()
      child.disconnect()
    }
  }
}

const OVERLOAD_SECONDS = 60
/** What a caller gives a call at twice the capacity. */
const DEADLINE_MILLIS = 1_000
const TICK_MILLIS = 10
const CLIENTS = 4

/** Twice as many calls as were answered a moment before, whether they are answered or not: what comes of them, and of the memory. */
export async function benchOverload(): Promise<readonly Readonly<Record<string, string | number>>[]> {
  const { child, ready, client } = await started('asof')
  const clients = [client, ...Array.from({ length: CLIENTS - 1 }, () => asker(ready.address))]
  const request = entityRequest(ready)
  const { authorization } = ready
  try {
    const [right] = doublesIn(await client.call('ModelInfer', request, { authorization }))
    const ask = () => client.call('ModelInfer', request, { authorization })
    const found = await measured({ way: '', child, client, ask }, { concurrency: 32, calls: CALLS })
    const capacity = found.millis.length / found.seconds
    const before = await usedBy(child)
    const told: Record<string, number> = { wrong: 0, late: 0 }
    const pending = new Set<Promise<void>>()
    const askOnce = async (one: Asker): Promise<void> => {
      const begun = performance.now()
      const deadline = Date.now() + DEADLINE_MILLIS
      const came = await one.call('ModelInfer', request, { authorization, deadline }).then(
        (reply) => (doublesIn(reply)[0] === right ? 'answered' : 'wrong'),
        (error) => status[error.code] ?? 'none',
      )
      told[came] = (told[came] ?? 0) + 1
      if (came === 'answered' && performance.now() - begun > 2 * DEADLINE_MILLIS) told.late++
    }
    const end = performance.now() + OVERLOAD_SECONDS * 1000
    const halfway = setTimeout((OVERLOAD_SECONDS / 2) * 1000).then(() => usedBy(child))
    for (let sent = 0, begun = performance.now(); performance.now() < end; ) {
      const due = ((performance.now() - begun) / 1000) * 2 * capacity
      for (; sent < due; sent++) {
        const asked = askOnce(clients[sent % CLIENTS])
        pending.add(asked)
        void asked.then(() => pending.delete(asked))
      }
      await setTimeout(TICK_MILLIS)
    }
    await Promise.all(pending)
    const after = await usedBy(child)
    return [
      {
        seconds: OVERLOAD_SECONDS,
        askedPerSecond: 2 * capacity,
        ...told,
        rssMbBefore: before.rssMb,
        rssMbHalfway: (await halfway).rssMb,
        rssMbAfter: after.rssMb,
      },
    ]
  } finally {
    for (const { client: one } of clients) one.close()
    child.disconnect()
  }
}

const entityRequest = ({ model, asOf }: Ready) => ({
  model_name: model,
  parameters: { entity: { string_param: 'ANT' }, as_of: { int64_param: asOf } },
})

async function started(which: 'echo' | 'asof') {
  const child = fork(new URL('./serving-child.ts', import.meta.url).pathname, [which])
  const [ready] = (await once(child, 'message')) as [Ready]
  return { child, ready, client: asker(ready.address) }
}

/** All ways in turn, round after round, so that each meets the same noise; the median round of each counts. */
async function beside(ways: readonly Way[], concurrency: number) {
  const rounds = new Map<string, Measured[]>(ways.map(({ way }) => [way, []]))
  for (const one of ways) await measured(one, { concurrency, calls: WARM })
  for (let round = 0; round < ROUNDS; round++)
    for (const one of ways) rounds.get(one.way)?.push(await measured(one, { concurrency, calls: CALLS }))
  const found = [...rounds].map(([way, all]) => ({ way, ...middle(all) }))
  const [bare] = found
  return found.map(({ way, p50, p99, perSecond, cpu }) => ({
    concurrency,
    way,
    p50Millis: p50,
    p99Millis: p99,
    callsPerSecond: perSecond,
    cpuMicrosPerCall: cpu,
    timesEchoP50: p50 / bare.p50,
    timesEchoCpu: cpu / bare.cpu,
  }))
}

function middle(all: readonly Measured[]) {
  const of = (value: (one: Measured) => number) => quantileOf(Float64Array.from(all, value), 0.5)
  return {
    p50: of(({ millis }) => quantileOf(Float64Array.from(millis), 0.5)),
    p99: of(({ millis }) => quantileOf(Float64Array.from(millis), 0.99)),
    perSecond: of(({ millis, seconds }) => millis.length / seconds),
    cpu: of(({ millis, cpuMicros }) => cpuMicros / millis.length),
  }
}

async function measured(
  { child, ask }: Way,
  { concurrency, calls }: Readonly<{ concurrency: number; calls: number }>,
): Promise<Measured> {
  const before = await usedBy(child)
  const from = performance.now()
  const millis: number[] = []
  let left = calls
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (left-- > 0) {
        const begun = performance.now()
        await ask()
        millis.push(performance.now() - begun)
      }
    }),
  )
  const seconds = (performance.now() - from) / 1000
  return { millis, seconds, cpuMicros: (await usedBy(child)).cpuMicros - before.cpuMicros }
}

async function usedBy(child: ChildProcess): Promise<Used> {
  child.send('used')
  const [used] = (await once(child, 'message')) as [Used]
  return used
}
