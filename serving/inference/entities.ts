/** Features by entity, as they were known at a moment: all of them and fresh, or a refusal that says what is wrong with each. */
import { refuse } from '../../schemas/kernel/fault.ts'
import { formatMoment, MICROS_PER_DAY, type Micros } from '../../schemas/kernel/time.ts'
import type { LookedUp } from '../../streams/features/online/row.ts'
import type { Platform } from '../platform.ts'
import type { LiveStanding } from './live.ts'
import type { Model, Online } from './port.ts'

export type Read = Readonly<{ inputs: Float64Array; online: Online }>

/**
 * Reads one row of the model's features for each entity.
 * @param asOf null for now
 * @throws Refusal `inference.future`, `inference.not-ready`, `inference.unknown-entity`, `inference.features-unusable`
 */
export async function readFeatures(
  { store, moment: clock }: Pick<Platform, 'store' | 'moment'>,
  standing: LiveStanding,
  {
    model: { live },
    entities,
    asOf,
  }: Readonly<{ model: Model; entities: readonly string[]; asOf: Micros | null }>,
): Promise<Read> {
  // Values that are being taken in are waited for: half of an arrival was never known.
  await store.settled()
  standing.assertReady()
  const now = clock.nowMicros()
  const moment = asOf ?? now
  if (moment > now) throw refuse('inference.future', { moment: formatMoment(moment), now: formatMoment(now) })
  const set = { name: live.featureSet, version: live.featureVersion }
  const found = await store.lookup(set, live.run.features, { entities, moment })
  const inputs = new Float64Array(entities.length * live.run.features.length)
  const eventTimes = new Float64Array(entities.length)
  for (const [row, one] of found.rows.entries()) {
    assertUsable(one, { model: live.model, set: live.featureSet, moment })
    inputs.set(one.values, row * live.run.features.length)
    eventTimes[row] = one.eventTime
  }
  return { inputs, online: { entities, moment, readAt: found.readAt, eventTimes, source: found.source } }
}

type Of = Readonly<{ model: string; set: string; moment: Micros }>

function assertUsable({ entity, unusable, eventTime, stalenessMicros }: LookedUp, of: Of): void {
  if (unusable.length === 0) return
  if (unusable.every(({ status }) => status === 'NOT_FOUND'))
    throw refuse('inference.unknown-entity', { entity, set: of.set, model: of.model })
  const newest = Number.isNaN(eventTime) ? '' : formatMoment(eventTime)
  const days = stalenessMicros / MICROS_PER_DAY
  const words: Readonly<Record<string, string>> = {
    NOT_FOUND: 'nothing was ever told of it',
    WITHDRAWN: 'withdrawn: its source took back every row that was known',
    NOT_YET_KNOWN: 'all that was told of it became known later',
    TOO_OLD: `too old (the newest is of ${newest}, and the set lets values stand for ${Number(days.toPrecision(3))} days)`,
    NOT_FRESH: 'too old or not yet known',
    NULL_AT_SOURCE: `null at source (the row of ${newest} has no value)`,
  }
  // A model of 158 features would tell the same 158 times, which is more than a trailer of gRPC holds.
  const byStatus = Map.groupBy(unusable, ({ status }) => status)
  const reasons = [...byStatus]
    .map(([status, all]) => `${all.map(({ feature }) => feature).join(', ')}: ${words[status] ?? status}`)
    .join('; ')
  throw refuse('inference.features-unusable', {
    model: of.model,
    entity,
    moment: formatMoment(of.moment),
    reasons,
  })
}
