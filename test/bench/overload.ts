/** A model in force at twice its capacity for a minute: what comes of each call, of the memory, and of the counts. */
import { setTimeout } from 'node:timers/promises'
import { status } from '@grpc/grpc-js'
import { quantileOf } from '../../streams/statistics/quantile.ts'
import { type Asker, asker, doublesIn } from '../support/grpc-client.ts'
import { entityRequest, measured, started, usedBy } from './serving.ts'

const SECONDS = 60
/** What a caller gives a call. */
const DEADLINE_MILLIS = 1_000
const TICK_MILLIS = 10
const CLIENTS = 4
const CALLS = 3_000

/** Twice as many calls as were answered a moment before, by entity, whether they are answered or not. */
export async function benchOverload(): Promise<readonly Readonly<Record<string, string | number>>[]> {
  const { child, ready, client } = await started('asof')
  const clients = [client, ...Array.from({ length: CLIENTS - 1 }, () => asker(ready.address))]
  const request = entityRequest(ready)
  const { authorization } = ready
  try {
    const [right] = doublesIn(await client.call('ModelInfer', request, { authorization }))
    const ask = () => client.call('ModelInfer', request, { authorization })
    const cpuMicros = async () => (await usedBy(child)).cpuMicros
    await measured({ ask, cpuMicros }, { concurrency: 32, calls: CALLS })
    const found = await measured({ ask, cpuMicros }, { concurrency: 32, calls: CALLS })
    const capacity = found.millis.length / found.seconds
    const before = await usedBy(child)
    const told: Record<string, number> = { OK: 0, wrong: 0, late: 0, RESOURCE_EXHAUSTED: 0 }
    const millis: number[] = []
    const pending = new Set<Promise<void>>()
    const askOnce = async (one: Asker): Promise<void> => {
      const begun = performance.now()
      const deadline = Date.now() + DEADLINE_MILLIS
      const came = await one.call('ModelInfer', request, { authorization, deadline }).then(
        (reply) => (doublesIn(reply)[0] === right ? 'OK' : 'wrong'),
        (error) => status[error.code] ?? 'none',
      )
      const took = performance.now() - begun
      told[came] = (told[came] ?? 0) + 1
      if (came === 'OK') millis.push(took)
      // An answer that comes after its time as if it were in time.
      if (came === 'OK' && took > 2 * DEADLINE_MILLIS) told.late++
    }
    const end = performance.now() + SECONDS * 1000
    const halfway = setTimeout((SECONDS / 2) * 1000).then(() => usedBy(child))
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
    const counted = (outcome: string) => (after.outcomes[outcome] ?? 0) - (before.outcomes[outcome] ?? 0)
    return [
      {
        seconds: SECONDS,
        askedPerSecond: 2 * capacity,
        ...told,
        answeredPerSecond: told.OK / SECONDS,
        capacityPerSecond: capacity,
        answeredP99Millis: quantileOf(Float64Array.from(millis), 0.99),
        refusedByCount: counted('inference.overloaded'),
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
