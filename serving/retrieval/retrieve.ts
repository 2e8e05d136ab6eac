/** Features for a spine, as they were known at each of its moments: an answer in batches, of whatever size. */
import { NOT_FOUND, NOT_YET_KNOWN, ROW_STATUSES, TOO_OLD } from '../../projections/feature/status.ts'
import type { AnswerBatch, AnswerCells, AnswerField, AnswerSchema } from '../../schemas/answer.ts'
import { digestOf } from '../../schemas/kernel/canonical.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { formatMoment, type Micros } from '../../schemas/kernel/time.ts'
import type { ChunkStore } from '../../streams/log/chunks.ts'
import { getRows } from '../../streams/log/tables.ts'
import type { LabelColumn } from './labels.ts'
import type { SetAsOf } from './set.ts'
import { rowsOf, type Spine } from './spine.ts'
import { BATCH_ROWS, indexOf, VALUES_AT_ONCE, windowsOf } from './windows.ts'

export type Question = Readonly<{
  set: SetAsOf
  spine: Spine
  /** In this order; all of the set where none is named. */
  features: readonly string[]
  label: (LabelColumn & Readonly<{ formula: string }>) | null
  /** Beside the values why a row has none, what it is about, when it became known, and which event told it. */
  why: boolean
  /** Whether rows are left out that have no values. */
  presentOnly: boolean
  batchRows?: number
  valuesAtOnce?: number
}>

export type Answered = Readonly<{
  schema: AnswerSchema
  /** Of all rows of the spine, or of some. @param from inclusive @param to exclusive */
  batches: (from?: number, to?: number) => AsyncGenerator<AnswerBatch>
  /** Counted as batches are made. */
  counts: { rows: number; rowsWithout: number; cellsMissing: number }
}>

/** @throws Refusal `retrieval.unknown-feature`, `retrieval.name-taken` */
export function retrieve(chunks: ChunkStore, question: Question): Answered {
  const { set, spine, label, why, presentOnly } = question
  const { batchRows = BATCH_ROWS, valuesAtOnce = VALUES_AT_ONCE } = question
  const names = featuresOf(set, question.features)
  const schema = schemaOf(question, names)
  const counts = { rows: 0, rowsWithout: 0, cellsMissing: 0 }
  const of = { features: names, stalenessMicros: set.spec.stalenessMicros }
  const { tables, knownBy } = set

  let known: Promise<ReadonlyMap<string, Micros>> | null = null

  const batches = async function* (first = 0, end = spine.rows): AsyncGenerator<AnswerBatch> {
    if (why) known ??= firstKnownIn(chunks, set)
    const [firstKnown, asked] = [await known, rowsOf(spine, first, end)]
    for (const window of windowsOf(asked, of, { tables, batchRows, valuesAtOnce })) {
      const index = await indexOf(chunks, of, window.tables)
      for (let from = window.from; from < window.to; from += batchRows) {
        const part = asked.part(from, Math.min(from + batchRows, window.to))
        const { row, status } = index.join({ entities: spine.entities, ...part, knownBy })
        const cells: AnswerCells[] = [part.entity, part.moment, ...part.kept]
        for (const name of names) cells.push(index.gather(name, row))
        if (firstKnown !== null) {
          const { eventTime, knownAt, position } = index.times(row)
          const told = statusesOf(status, { entities: spine.entities, ...part, knownBy, firstKnown })
          cells.push(told, eventTime, knownAt, position)
        }
        if (label !== null) {
          const { value, entry, end } = label.of({ entities: spine.entities, ...part })
          cells.push(value, entry, end)
        }
        const batch = { length: row.length, cells }
        const kept = presentOnly ? withValues(batch, row) : batch
        count(counts, kept, names.length, 2 + spine.kept.length)
        if (kept.length > 0) yield kept
      }
    }
  }
  return { schema, batches, counts }
}

function featuresOf({ key, spec }: SetAsOf, wanted: readonly string[]): readonly string[] {
  const known = spec.features.map(({ name }) => name)
  for (const feature of wanted)
    if (!known.includes(feature))
      throw refuse('retrieval.unknown-feature', { set: key, feature, known: known.join(', ') })
  return wanted.length === 0 ? known : wanted
}

function schemaOf({ set, spine, label, why }: Question, names: readonly string[]): AnswerSchema {
  const unitOf = new Map(set.spec.features.map(({ name, unit }) => [name, unit]))
  const fields: AnswerField[] = [
    { name: 'entity', kind: 'category', texts: spine.entities },
    { name: 'time', kind: 'time' },
    ...spine.kept.map((name): AnswerField => ({ name, kind: 'text' })),
    ...names.map((name): AnswerField => ({ name, kind: 'number', unit: unitOf.get(name) ?? '' })),
  ]
  if (why)
    fields.push(
      { name: 'status', kind: 'category', texts: ROW_STATUSES },
      { name: 'event_time', kind: 'time' },
      { name: 'known_at', kind: 'time' },
      { name: 'position', kind: 'integer' },
    )
  if (label !== null)
    fields.push(
      { name: 'label', kind: 'number' },
      { name: 'label_entry', kind: 'time' },
      { name: 'label_end', kind: 'time' },
    )
  const twice = fields.find(({ name }, place) => fields.findIndex((one) => one.name === name) !== place)
  if (twice !== undefined) throw refuse('retrieval.name-taken', { name: twice.name })
  const { hash, dataset, stalenessMicros } = set.spec
  const about = {
    'asof.set': set.key,
    'asof.set_hash': hash,
    'asof.dataset': dataset,
    'asof.position': String(set.position),
    ...(Number.isFinite(set.knownBy) && { 'asof.known_by': formatMoment(set.knownBy) }),
    'asof.staleness_us': String(stalenessMicros),
    ...(label !== null && { 'asof.label': label.formula }),
  }
  const columns = fields.map(({ name, kind, unit = '' }) => ({ name, kind, unit }))
  return { fields, about: { ...about, 'asof.schema_hash': digestOf({ columns, about }) } }
}

/** When something of each entity was first known, by what the log had. */
async function firstKnownIn(chunks: ChunkStore, { tables }: SetAsOf): Promise<ReadonlyMap<string, Micros>> {
  const first = new Map<string, Micros>()
  for (const { ref } of tables) {
    const { entities, entity, knownAt, length } = await getRows(chunks, ref)
    const least = new Float64Array(entities.length).fill(Number.POSITIVE_INFINITY)
    for (let row = 0; row < length; row++)
      if (knownAt[row] < least[entity[row]]) least[entity[row]] = knownAt[row]
    for (const [place, name] of entities.entries())
      first.set(name, Math.min(least[place], first.get(name) ?? Number.POSITIVE_INFINITY))
  }
  return first
}

/** A window knows nothing of what is too old in all of it. */
function statusesOf(
  status: Uint8Array,
  of: Readonly<{
    entities: readonly string[]
    entity: Uint32Array
    moment: Float64Array
    knownBy: Micros
    firstKnown: ReadonlyMap<string, Micros>
  }>,
): Uint32Array {
  const first = of.entities.map((name) => of.firstKnown.get(name) ?? Number.NaN)
  return Uint32Array.from(status, (code, row) => {
    if (code !== NOT_FOUND && code !== NOT_YET_KNOWN) return code
    const known = first[of.entity[row]]
    if (Number.isNaN(known)) return NOT_FOUND
    return known > Math.min(of.moment[row], of.knownBy) ? NOT_YET_KNOWN : TOO_OLD
  })
}

/** @param row -1 where there is none */
function withValues({ length, cells }: AnswerBatch, row: Int32Array): AnswerBatch {
  const places = Array.from({ length }, (_, place) => place).filter((place) => row[place] >= 0)
  if (places.length === length) return { length, cells }
  const picked = (of: AnswerCells): AnswerCells => {
    if (of instanceof Float64Array) return Float64Array.from(places, (place) => of[place])
    if (of instanceof Uint32Array) return Uint32Array.from(places, (place) => of[place])
    return places.map((place) => of[place])
  }
  return { length: places.length, cells: cells.map(picked) }
}

function count(
  counts: Answered['counts'],
  { length, cells }: AnswerBatch,
  features: number,
  first: number,
): void {
  const missing = new Uint16Array(length)
  for (const values of cells.slice(first, first + features) as Float64Array[])
    for (let row = 0; row < length; row++) if (Number.isNaN(values[row])) missing[row]++
  counts.rows += length
  for (const of of missing) {
    counts.cellsMissing += of
    if (of === features) counts.rowsWithout++
  }
}
