/**
 * How fast a model in force answers over gRPC: by tensors (answered once written) and by entity (answered once durable), beside an
 * echo of bare grpc-js and ONNX Runtime in the same run, and MLServer where there is a Python. Server and client share this machine.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { quantileOf } from '../../streams/statistics/quantile.ts'
import { asker, rawRequest } from '../support/grpc-client.ts'
import { ECHO_FILE } from './echo-file.ts'
import { startMlserver } from './mlserver.ts'
import type { Ready } from './serving-child.ts'

const CONCURRENCIES = [1, 8, 32]
const CALLS = 3_000
const WARM = 500
const ROUNDS = 3

type Used = Readonly<{ cpuMicros: number; rssMb: number; outcomes: Readonly<Record<string, number>> }>
type Way = Readonly<{
  way: string
  ask: () => Promise<unknown>
  /** Of the server, since it began. */
  cpuMicros: () => Promise<number>
}>
type Measured = Readonly<{ millis: number[]; seconds: number; cpuMicros: number }>

export async function benchServing(): Promise<readonly Readonly<Record<string, string | number>>[]> {
  const [echo, asof] = [await started('echo'), await started('asof')]
  const peer = await startMlserver('echo', ECHO_FILE)
  if (typeof peer === 'string') console.log(`MLServer is left out: ${peer}`)
  const other = typeof peer === 'string' ? null : { ...peer, client: asker(peer.address) }
  const clients = [echo.client, asof.client, ...(other === null ? [] : [other.client])]
  const cpuOf = (child: ChildProcess) => async () => (await usedBy(child)).cpuMicros
  try {
    const sent = { authorization: asof.ready.authorization }
    const [entity, two] = [entityRequest(asof.ready), [0.25, 0.5]]
    const ways: readonly Way[] = [
      {
        way: 'echo',
        ask: () => echo.client.call('ModelInfer', rawRequest('echo', two, 2)),
        cpuMicros: cpuOf(echo.child),
      },
      {
        way: 'by tensors, written',
        ask: () => asof.client.call('ModelInfer', rawRequest(asof.ready.model, two, 2)),
        cpuMicros: cpuOf(asof.child),
      },
      {
        way: 'by entity, durable',
        ask: () => asof.client.call('ModelInfer', entity, sent),
        cpuMicros: cpuOf(asof.child),
      },
      ...(other === null
        ? []
        : [
            {
              way: 'MLServer',
              ask: () => other.client.call('ModelInfer', rawRequest('echo', two, 2)),
              cpuMicros: async () => other.cpuMicros(),
            },
          ]),
    ]
    const rows = []
    for (const concurrency of CONCURRENCIES) rows.push(...(await beside(ways, concurrency)))
    return rows
  } finally {
    for (const { client } of clients) client.close()
    for (const { child } of [echo, asof]) child.disconnect()
    await other?.stop()
  }
}

export const entityRequest = ({ model, asOf }: Ready) => ({
  model_name: model,
  parameters: { entity: { string_param: 'ANT' }, as_of: { int64_param: asOf } },
})

export async function started(which: 'echo' | 'asof') {
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

export async function measured(
  { cpuMicros, ask }: Omit<Way, 'way'>,
  { concurrency, calls }: Readonly<{ concurrency: number; calls: number }>,
): Promise<Measured> {
  const before = await cpuMicros()
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
  return { millis, seconds, cpuMicros: (await cpuMicros()) - before }
}

export async function usedBy(child: ChildProcess): Promise<Used> {
  child.send('used')
  const [used] = (await once(child, 'message')) as [Used]
  return used
}
