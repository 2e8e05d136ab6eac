/** Features as they are known at a moment, in the form of Feast's feature server: a column for each entity and each feature. */
import type { FeatureStatus } from '../../schemas/feature-status.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { formatMoment, type Micros } from '../../schemas/kernel/time.ts'
import type { LookedUp } from '../../streams/features/online/row.ts'
import type { LiveStanding } from '../inference/live.ts'
import type { Platform } from '../platform.ts'
import type { Column, Question } from './port.ts'

/** Feast's `FieldStatus`. What was never told, not yet, or taken back is not there for whoever asks. */
const STATUSES: Readonly<Record<string, string>> = {
  PRESENT: 'PRESENT',
  NULL_AT_SOURCE: 'NULL_VALUE',
  TOO_OLD: 'OUTSIDE_MAX_AGE',
}

const EPOCH = formatMoment(0)

type Result = Readonly<{
  /** JSON texts: a number is written so that Python reads a float, whatever its value. */
  values: readonly string[]
  statuses: readonly string[]
  event_timestamps: readonly string[]
  /** The platform's own word for each missing value; left out where none is. */
  reasons?: readonly string[]
}>

/**
 * Reads what was asked, all of it as known at one moment.
 * @returns the answer's JSON text
 * @throws Refusal `inference.future`, `inference.not-ready`
 */
export async function answerTo(
  question: Question,
  { store, moment: clock }: Pick<Platform, 'store' | 'moment'>,
  standing: LiveStanding,
): Promise<string> {
  // Values that are being taken in are waited for: half of an arrival was never known.
  await store.settled()
  standing.assertReady()
  const now = clock.nowMicros()
  const moment = question.asOf ?? now
  if (moment > now) throw refuse('inference.future', { moment: formatMoment(moment), now: formatMoment(now) })
  const views = [...new Set(question.columns.map(({ view }) => view.name))]
  const read = new Map<string, Awaited<ReturnType<typeof store.lookup>>>()
  for (const name of views) {
    const columns = question.columns.filter(({ view }) => view.name === name)
    const [{ view }] = columns
    const names = columns.map(({ feature }) => feature)
    const entities = question.entities.get(view.spec.entity)?.names ?? []
    const set = { name: view.spec.set, version: view.spec.version }
    read.set(name, await store.lookup(set, names, { entities, moment }))
  }
  const features = question.columns.map((column) => {
    const of = question.columns.filter(({ view }) => view.name === column.view.name)
    return resultOf(read.get(column.view.name)?.rows ?? [], { column, place: of.indexOf(column) })
  })
  const versions = new Map(question.columns.map(({ view }) => [view.name, view.spec]))
  const asof = {
    moment: formatMoment(moment),
    views: [...versions].map(([name, { set, version }]) => ({
      view: name,
      set: `${set}@${version}`,
      read_at: read.get(name)?.readAt ?? 0,
      ...(read.get(name)?.source && { features_from: read.get(name)?.source?.place }),
    })),
  }
  const metadata = {
    feature_names: [...question.entities.keys(), ...question.columns.map(({ name }) => name)],
    ...(question.withVersions && {
      feature_view_metadata: [...versions].map(([name, { version }]) => ({ name, version })),
    }),
    asof,
  }
  const results = [...[...question.entities.values()].map(entityResult), ...features]
  return `{"results":[${results.map(textOf).join(',')}],"metadata":${JSON.stringify(metadata)}}`
}

const entityResult = ({ told }: Readonly<{ told: readonly (string | number)[] }>): Result => ({
  values: told.map((one) => JSON.stringify(one)),
  statuses: told.map(() => 'PRESENT'),
  event_timestamps: told.map(() => EPOCH),
})

function resultOf(
  rows: readonly LookedUp[],
  { column: { feature }, place }: Readonly<{ column: Column; place: number }>,
): Result {
  const reasons = rows.map(
    ({ unusable }) =>
      unusable.find((one) => one.feature === feature)?.status ?? ('PRESENT' satisfies FeatureStatus),
  )
  return {
    values: rows.map(({ values }, row) => (reasons[row] === 'PRESENT' ? floatText(values[place]) : 'null')),
    statuses: reasons.map((reason) => STATUSES[reason] ?? 'NOT_FOUND'),
    event_timestamps: rows.map(({ eventTime }) => timeText(eventTime)),
    ...(reasons.some((reason) => reason !== 'PRESENT') && { reasons }),
  }
}

const timeText = (at: Micros): string => (Number.isNaN(at) ? EPOCH : formatMoment(at))

/** Python's `json` reads digits alone as an integer, of which Feast makes an INT64: 3e20 is none. */
export function floatText(value: number): string {
  if (Object.is(value, -0)) return '-0.0'
  const text = String(value)
  return /^-?\d+$/.test(text) ? `${text}.0` : text
}

const textOf = ({ values, ...others }: Result): string =>
  `{"values":[${values.join(',')}],${JSON.stringify(others).slice(1)}`
