/** What may happen to a data set. */
import { test } from 'vitest'
import { type Arrival, dataset } from '../../commands/data/dataset.ts'
import type { ChunkRef } from '../../schemas/envelope.ts'
import { DatasetDeclared, RowsArrived, RowsQuarantined } from '../../schemas/events/data.ts'
import { COUNTED } from '../support/sessions.ts'
import { SMALL_DATASET } from '../support/small-platform.ts'
import { CONTEXT, given } from './given.ts'

const NOW = { eventTime: CONTEXT.now, knownAt: CONTEXT.now }
const chunk = (hash: string): ChunkRef => ({
  hash,
  format: 'arrow',
  rows: 2,
  bytes: 10,
  eventTimeFrom: 1,
  eventTimeTo: 2,
})
const ARRIVAL: Arrival = {
  dataset: 'small',
  source: 'a.csv',
  sourceHash: 'aa',
  rows: 2,
  ...COUNTED,
  chunks: [chunk('c1')],
  knownFrom: 3,
  knownTo: 4,
  eventTimeTo: 2,
  quarantine: null,
}
const declare = { kind: 'declare', spec: SMALL_DATASET } as const
const arrive = (otherwise: Partial<Arrival> = {}) =>
  ({ kind: 'arrive', arrival: { ...ARRIVAL, ...otherwise } }) as const
const declared = DatasetDeclared.draft(SMALL_DATASET, NOW)
const arrived = RowsArrived.draft(
  {
    dataset: 'small',
    source: 'a.csv',
    sourceHash: 'aa',
    rows: 2,
    rowsQuarantined: 0,
    ...COUNTED,
    knownFrom: 3,
    knownTo: 4,
  },
  { eventTime: 2, knownAt: 4 },
  [chunk('c1')],
)

test('it is declared once', () => {
  given(dataset).when(declare).decides(declared)
  given(dataset, declared).when(declare).decides()
})

test('another meaning under its name is refused', () => {
  const spec = { ...SMALL_DATASET, caveat: 'none' }
  given(dataset, declared, arrived).when({ kind: 'declare', spec }).decides('data.redeclared')
})

test('data arrive, about the latest row and known with it', () => {
  given(dataset, declared).when(arrive()).decides(arrived)
})

test('data of an unknown set are refused', () => {
  given(dataset).when(arrive()).decides('data.unknown-dataset')
})

test('the same source twice is one arrival, under whatever name', () => {
  given(dataset, declared, arrived).when(arrive()).decides('data.duplicate-source')
  given(dataset, declared, arrived)
    .when(arrive({ source: 'b.csv' }))
    .decides('data.duplicate-source')
  const other = { ...arrived, data: { ...arrived.data, sourceHash: 'bb' } }
  given(dataset, declared, arrived)
    .when(arrive({ sourceHash: 'bb' }))
    .decides(other)
})

test('rows that cannot be used are an event beside the others, and counted there', () => {
  const quarantine = { rows: 1, reasons: [{ reason: 'no time', rows: 1 }], chunk: chunk('q') }
  const times = { eventTime: 2, knownAt: 4 }
  const apart = RowsQuarantined.draft(
    {
      dataset: 'small',
      source: 'a.csv',
      sourceHash: 'aa',
      rows: 1,
      reasons: [{ reason: 'no time', rows: 1 }],
    },
    times,
    [chunk('q')],
  )
  const kept = { ...arrived, data: { ...arrived.data, rowsQuarantined: 1 } }
  given(dataset, declared).when(arrive({ quarantine })).decides(kept, apart)
  given(dataset, declared, kept, apart).when(arrive()).decides('data.duplicate-source')
})

test('a source of which every row was quarantined is its quarantine alone, and uses nothing up', () => {
  const quarantine = { rows: 2, reasons: [{ reason: 'time.malformed', rows: 2 }], chunk: chunk('q') }
  const none = { rows: 0, chunks: [], knownFrom: 0, knownTo: 0, eventTimeTo: 0, quarantine }
  const data = { dataset: 'small', source: 'a.csv', sourceHash: 'aa', rows: 2, reasons: quarantine.reasons }
  const apart = RowsQuarantined.draft(data, NOW, [chunk('q')])
  given(dataset).when(arrive(none)).decides(apart)
  given(dataset, apart).when(declare).decides(declared)
  given(dataset, apart, declared).when(arrive()).decides(arrived)
  const spec = { ...SMALL_DATASET, caveat: 'corrected' }
  given(dataset, declared, apart).when({ kind: 'declare', spec }).decides(DatasetDeclared.draft(spec, NOW))
  given(dataset, declared, arrived, apart).when({ kind: 'declare', spec }).decides('data.redeclared')
})

test('an arrival without a row is about now', () => {
  const none = { rows: 0, chunks: [], knownFrom: 0, knownTo: 0, eventTimeTo: 0 }
  const empty = RowsArrived.draft(
    {
      dataset: 'small',
      source: 'a.csv',
      sourceHash: 'aa',
      rows: 0,
      rowsQuarantined: 0,
      ...COUNTED,
      knownFrom: 0,
      knownTo: 0,
    },
    NOW,
  )
  given(dataset, declared).when(arrive(none)).decides(empty)
})
