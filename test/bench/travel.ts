/** How long a view takes at a random moment of a long log, by position and by what was known, from snapshots. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineProjection, on, type Projection } from '../../projections/projection.ts'
import { type Moment, ProjectionRunner } from '../../projections/runner.ts'
import { openProjectionStore } from '../../projections/store.ts'
import { OutcomeObserved } from '../../schemas/events/prediction.ts'
import { REGISTRY } from '../../schemas/registry.ts'
import { openEmbeddedLog } from '../../streams/log/embedded/open.ts'
import type { EventLog } from '../../streams/log/port.ts'
import { quantileOf } from '../../streams/statistics/quantile.ts'
import { xoshiro128 } from '../../streams/statistics/random.ts'

const EVENTS = 1_000_000
const BATCH = 1_000
const MODELS = 50
const TRAVELS = 60
/** One fact in so many became known long before those around it. */
const LATE_ONE_IN = 50_000

/** Capital by model, the sum of what was earned: small, as the state of decisions is. */
const earnings = defineProjection<Record<string, { days: number; net: number }>>({
  name: 'earnings',
  version: 1,
  initial: () => ({}),
  handlers: [
    on(OutcomeObserved, (state, { data }) => {
      state[data.model] ??= { days: 0, net: 0 }
      state[data.model].days++
      state[data.model].net += data.net
    }),
  ],
})

export async function benchTravel() {
  const folder = mkdtempSync(join(tmpdir(), 'asof-travel-'))
  let now = 0
  const log = openEmbeddedLog({ folder, registry: REGISTRY, clock: { nowMicros: () => ++now } })
  const store = openProjectionStore(join(folder, 'projections.db'))
  try {
    await fill(log)
    const runner = new ProjectionRunner({ log, store, projections: [earnings as Projection<unknown>] })
    const started = performance.now()
    await runner.catchUp()
    const foldSeconds = (performance.now() - started) / 1000
    const uniform = xoshiro128(1)
    const timed = async (moment: () => Moment) => {
      const millis = new Float64Array(TRAVELS)
      for (let i = 0; i < TRAVELS; i++) {
        const from = performance.now()
        await runner.at(earnings, moment())
        millis[i] = performance.now() - from
      }
      return {
        p50Millis: quantileOf(millis, 0.5),
        p95Millis: quantileOf(millis, 0.95),
        maxMillis: Math.max(...millis),
      }
    }
    const shared = { events: EVENTS, travels: TRAVELS, foldSeconds }
    return [
      {
        by: 'position',
        ...(await timed(() => ({ position: 1 + Math.floor(uniform() * EVENTS) }))),
        ...shared,
      },
      { by: 'known', ...(await timed(() => ({ knownAt: Math.floor(uniform() * EVENTS) }))), ...shared },
    ]
  } finally {
    store.close()
    await log.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function fill(log: EventLog): Promise<void> {
  for (let from = 0; from < EVENTS; from += BATCH) {
    const stream = `prediction-bench-${from % MODELS}`
    const events = Array.from({ length: BATCH }, (_, i) => {
      const place = from + i
      const knownAt = place % LATE_ONE_IN === LATE_ONE_IN - 1 ? Math.floor(place / 2) : place
      const figures = {
        gross: 0.001,
        cost: 0.0001,
        net: 0.0009,
        turnover: 0.1,
        capital: 1,
        session: 1,
        backfilled: false,
      }
      const data = { model: `model-${place % MODELS}`, prediction: place + 1, ...figures }
      return OutcomeObserved.draft(data, { eventTime: place, knownAt })
    })
    await log.append({
      stream,
      expected: await log.revisionOf(stream),
      commandId: `bench ${from}`,
      actor: 'bench',
      correlationId: 'bench',
      causationId: null,
      events,
    })
  }
}
