/** How late live arrivals were, beside what their data sets declare: a lag that is declared too short makes rows known before anybody had them. */
import type { Moment } from '../projections/runner.ts'
import { isEvent } from '../schemas/event.ts'
import { DatasetDeclared, type DatasetSpec, RowsArrived } from '../schemas/events/data.ts'
import { refuse } from '../schemas/kernel/fault.ts'
import { MICROS_PER_DAY, type Micros } from '../schemas/kernel/time.ts'
import type { Archive } from './archive.ts'

export type ObservedLag = Readonly<{
  dataset: string
  /** Null where it is not a stated lag: then the vendor says, or the arrival itself, when a row is known. */
  declaredMicros: Micros | null
  /** Live arrivals: of one session, and recorded within a week of their newest row. History that is loaded says nothing of a lag. */
  arrivals: number
  leastMicros: Micros | null
  medianMicros: Micros | null
  greatestMicros: Micros | null
  /** How many came later than was declared. */
  later: number
  /** Whether most of them did. */
  tooShort: boolean
}>

const LIVE_MICROS = 7 * MICROS_PER_DAY
/** Of fewer nothing is said. */
const ENOUGH = 5

/** @param wanted one data set; all of them where it is null @throws Refusal `data.unknown-dataset` */
export async function observedLags(
  { log }: Pick<Archive, 'log'>,
  wanted: string | null,
  { position = Number.POSITIVE_INFINITY }: Moment,
): Promise<readonly ObservedLag[]> {
  const declared = new Map<string, DatasetSpec>()
  const lags = new Map<string, number[]>()
  for await (const batch of log.readAll(1, { types: [DatasetDeclared.type, RowsArrived.type] }))
    for (const event of batch) {
      if (event.position > position) continue
      if (isEvent(DatasetDeclared, event)) declared.set(event.data.dataset, event.data)
      if (!isEvent(RowsArrived, event) || event.data.rows === 0) continue
      const { dataset, sessions } = event.data
      const lag = event.recordedAt - event.eventTime
      if (sessions.length > 1 || lag < 0 || lag > LIVE_MICROS) continue
      const own = lags.get(dataset) ?? []
      lags.set(dataset, own)
      own.push(lag)
    }
  if (wanted !== null && !declared.has(wanted)) throw refuse('data.unknown-dataset', { dataset: wanted })
  return [...declared]
    .filter(([dataset]) => wanted === null || dataset === wanted)
    .map(([dataset, { knownAt }]) => {
      const own = Float64Array.from(lags.get(dataset) ?? []).sort()
      const declaredMicros = knownAt.kind === 'lag' ? knownAt.lagMicros : null
      const later = declaredMicros === null ? 0 : own.filter((lag) => lag > declaredMicros).length
      return {
        ...{ dataset, declaredMicros, arrivals: own.length, later },
        leastMicros: own.at(0) ?? null,
        medianMicros: own.length === 0 ? null : own[own.length >> 1],
        greatestMicros: own.at(-1) ?? null,
        tooShort: own.length >= ENOUGH && later * 2 > own.length,
      }
    })
}
