/** Feature values into drift: every so many days the latest window is compared with what the model was trained on. */
import type { Session } from '../../schemas/calendar.ts'
import type { DataOf, EventOf } from '../../schemas/event.ts'
import { isEvent } from '../../schemas/event.ts'
import { DriftMeasured } from '../../schemas/events/drift.ts'
import { Promoted } from '../../schemas/events/model.ts'
import { PredictionMade } from '../../schemas/events/prediction.ts'
import { firstAbove } from '../../schemas/kernel/search.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { Market, Markets } from '../inference/market.ts'
import type { LiveModel, LiveModels } from '../inference/ports.ts'
import type { Processor, Reaction } from '../processor.ts'
import { driftOf, FALSE_ALARMS_A_YEAR, WINDOW_DAYS } from './feature-drift.ts'
import type { References } from './references.ts'

/** Drift is measured on every fifth prediction: a window of 63 days moves slowly. */
export const EVERY_DAYS = 5

/** The feature values of given sessions, handed in when this is wired. */
export interface RecentFeatures {
  /** Values by session and feature, as known at its decision moment: of the names with a row of the session itself. */
  recent(
    set: { name: string; version: number },
    names: readonly string[],
    window: Readonly<{
      decided: readonly { session: Session; decideAt: Micros }[]
      sessionOf: (eventTime: Micros) => Session
    }>,
  ): Promise<readonly (readonly Float64Array[])[]>
}

type Parts = Readonly<{
  models: LiveModels
  markets: Markets
  features: RecentFeatures
  references: References
}>

type Measurement = DataOf<typeof DriftMeasured>

export const driftStream = (model: string): string => `drift-${model}`

export function driftProcessor(parts: Parts): Processor {
  const days = new Map<string, number>()

  const measure = async (live: LiveModel, event: EventOf<typeof PredictionMade>): Promise<Reaction[]> => {
    const { features: names } = live.run
    const set = { name: live.featureSet, version: live.featureVersion }
    const market = parts.markets.of(live.dataset)
    const decided = market === undefined ? [] : latestSessions(market, WINDOW_DAYS)
    if (market === undefined || decided.length < WINDOW_DAYS) return []
    const recent = await parts.features.recent(set, names, { decided, sessionOf: market.sessions.find })
    const made = await parts.references(live)
    const valuesOf = (f: number): Float64Array => Float64Array.from(recent.flatMap((day) => [...day[f]]))
    const features: Measurement['features'] = []
    const unjudged: Measurement['unjudged'] = []
    for (const [f, feature] of names.entries()) {
      const reference = made[f]
      const found = reference.kind === 'measured' ? driftOf(reference.value, valuesOf(f)) : reference
      if (found.kind === 'insufficient') unjudged.push({ feature, reason: found.reason })
      else if (reference.kind === 'measured') {
        const { psiLimit, ksLimit, effectiveWindows } = reference.value
        features.push({ feature, ...found.value, psiLimit, ksLimit, effectiveWindows })
      }
    }
    const currentRows = recent.reduce((rows, day) => rows + (day[0]?.length ?? 0), 0)
    const [first] = made.flatMap((one) => (one.kind === 'measured' ? [one.value] : []))
    const referenceRows = first === undefined ? 0 : first.counts.reduce((sum, count) => sum + count, 0)
    const rows = { currentRows, referenceRows }
    const data = { model: live.model, ...rows, falseAlarmsAYear: FALSE_ALARMS_A_YEAR, features, unjudged }
    const times = { eventTime: event.eventTime, knownAt: event.knownAt }
    return [{ stream: driftStream(live.model), events: [DriftMeasured.draft(data, times)] }]
  }

  /** At the promotion, so that the first day that is measured costs no more than those after it. */
  const prepare = async ({ model, artifact }: DataOf<typeof Promoted>): Promise<void> => {
    const live = parts.models.inForce(model)
    if (live?.artifact !== artifact) return
    // Nothing is said yet: a training set that cannot be read fails on the day that is measured.
    await parts.references(live).catch(() => undefined)
  }

  const count = (event: EventOf<typeof PredictionMade>): number => {
    const key = event.data.artifact
    const n = (days.get(key) ?? 0) + 1
    days.set(key, n)
    return n
  }

  return {
    name: 'drift',
    version: 1,
    // A reference is made again of its training set.
    save: () => days,
    restore(memory) {
      for (const [artifact, counted] of memory as unknown as typeof days) days.set(artifact, counted)
    },
    handles: [Promoted.type, PredictionMade.type],
    async take(event, say) {
      if (isEvent(Promoted, event) && say !== null) await prepare(event.data)
      if (!isEvent(PredictionMade, event) || count(event) % EVERY_DAYS !== 0 || say === null) return
      const live = parts.models.inForce(event.data.model)
      if (live !== undefined) for (const reaction of await measure(live, event)) say(reaction)
    },
  }
}

/** The sessions up to the one that was closed last, with their decision moments, oldest first. */
function latestSessions({ sessions, closed, withRows }: Market, count: number) {
  if (closed === undefined) return []
  const end = firstAbove(withRows, closed.session)
  const places = withRows.slice(Math.max(0, end - count), end)
  return places.map((session) => ({ session, decideAt: sessions.decides(session) }))
}
