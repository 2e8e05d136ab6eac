/** Rows that a client of Feast sends, as lines of a file of their data set: its columns under the declaration's names, its times with their zone. */
import type { DatasetSpec } from '../../schemas/events/data.ts'
import { PLAIN_FORMAT } from '../../schemas/events/data.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { columnsIn, malformed } from './body.ts'
import type { Json } from './port.ts'

/** What Feast's remote store calls the two times, whatever they are called in the feature repository. */
const [EVENT_TIME, CREATED] = ['event_timestamp', 'created']

/** How its lines are read, and the lines. */
export type Lines = Readonly<{ spec: DatasetSpec; text: string; rows: number }>

/**
 * @param joinKeys what the entity's column may be called beside its name in the declaration
 * @throws Refusal `feast.malformed`, `feast.not-sendable`, `feast.columns`
 */
export function linesOf(body: Json, spec: DatasetSpec, joinKeys: readonly string[]): Lines {
  assertSendable(spec)
  const { columns, rows } = columnsIn(body, 'df')
  if (rows === 0) throw malformed('df has no rows')
  const only = (...names: readonly string[]): string => {
    const [found, other] = names.filter((name) => name !== '' && columns.has(name))
    const told = { dataset: spec.dataset, found: [...columns.keys()].join(', ') }
    if (found === undefined)
      throw refuse('feast.columns', { ...told, problem: `it lacks ${names.find(Boolean)}` })
    if (other !== undefined)
      throw refuse('feast.columns', { ...told, problem: `${found} and ${other} are one column` })
    return found
  }
  const entityColumn = only(...new Set([spec.entityColumn, ...joinKeys]))
  const timeColumn = only(...new Set([EVENT_TIME, spec.timeColumn]))
  const isDeclared = spec.knownAt.kind === 'declared'
  const known = isDeclared ? only(...new Set([spec.knownAt.column, CREATED])) : ''
  const wanted = new Set([entityColumn, timeColumn, known, CREATED, spec.rows.withdrawn.column])
  for (const { name } of spec.columns) wanted.add(only(name))
  const strange = [...columns.keys()].find((name) => !wanted.has(name))
  if (strange !== undefined)
    throw refuse('feast.columns', {
      dataset: spec.dataset,
      found: [...columns.keys()].join(', '),
      problem: `it has ${strange}, which the declaration does not`,
    })
  for (const [name, values] of columns) {
    const row = values.findIndex(
      (value) => value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY,
    )
    // JSON has no such number: it would be written as nothing.
    if (row >= 0) throw malformed(`row ${row} of column ${name} is beyond every double`)
  }
  const times = new Set([timeColumn, known])
  const lines = Array.from({ length: rows }, (_, row) => {
    const cells = [...columns].map(([name, values]) => [
      name,
      times.has(name) ? timeText(values[row]) : values[row],
    ])
    return `${JSON.stringify(Object.fromEntries(cells))}\n`
  })
  const { finerThanMicros } = spec.format
  return {
    text: lines.join(''),
    rows,
    spec: {
      ...spec,
      ...{ entityColumn, timeColumn, timeOfDay: '', knownAt: { ...spec.knownAt, column: known } },
      format: { ...PLAIN_FORMAT, finerThanMicros },
    },
  }
}

function assertSendable({ dataset, layout, rows }: DatasetSpec): void {
  const problem =
    layout === 'wide'
      ? 'its files have a column for each entity'
      : rows.reads === 'table'
        ? null
        : 'its files are no tables'
  if (problem !== null) throw refuse('feast.not-sendable', { dataset, problem })
}

const TIME = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:?\d{2})?$/

/** Feast sends a time without a zone in UTC. What is no such time stays as it is, for the reader to say. */
function timeText(value: unknown): unknown {
  const [, day, clock, zone = 'Z'] = (typeof value === 'string' && TIME.exec(value.trim())) || []
  return day === undefined ? value : `${day}T${clock}${zone}`
}
