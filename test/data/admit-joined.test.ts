/** A row that comes after a decision is known after it, also where the features that were decided on join its data set. */
import { expect, test } from 'vitest'
import type { FeatureSetSpec } from '../../schemas/events/feature.ts'
import type { Rows } from '../../schemas/rows.ts'
import { Admission } from '../../serving/admit.ts'
import { openChunkMemory } from '../../streams/log/chunks/memory.ts'
import { declared } from '../support/declared.ts'

const [PRICES, SECTORS, OTHERS] = await Promise.all(
  ['prices', 'sectors', 'others'].map((name) => declared(name, '{ name: level, unit: "" }')),
)

const DAY = 86_400_000_000
const [DECIDED_AT, NOW] = [10 * DAY, 12 * DAY]

/** A platform on which a model trades the prices, by features that join the sectors, and has decided on the tenth day. */
const parts = () => {
  const joins = [{ name: 's', dataset: 'sectors', entity: '', stalenessMicros: 0 }]
  const spec = { dataset: 'prices', joins } as unknown as FeatureSetSpec
  const datasets = Object.fromEntries([PRICES, SECTORS, OTHERS].map((one) => [one.dataset, { spec: one }]))
  return {
    chunks: openChunkMemory(),
    arrived: { about: () => [] },
    folds: {
      datasets: { state: () => ({ datasets }) },
      features: { state: () => ({ sets: { 'set@1': { spec } } }) },
    },
    models: {
      trading: (name: string) => (name === 'prices' ? [{ featureSet: 'set', featureVersion: 1 }] : []),
    },
    markets: {
      of: (name: string) =>
        name === 'prices' ? { closed: { session: 9, decideAt: DECIDED_AT } } : undefined,
    },
  } as unknown as ConstructorParameters<typeof Admission>[0]
}

const late: Rows = {
  length: 1,
  entities: ['A'],
  entity: Uint32Array.of(0),
  eventTime: Float64Array.of(8 * DAY),
  knownAt: Float64Array.of(9 * DAY),
  columns: [{ name: 'level', values: Float64Array.of(1) }],
}

test.each([
  ['prices', PRICES, NOW, 1],
  ['sectors, which are joined', SECTORS, NOW, 1],
  ['others, which nobody reads', OTHERS, 9 * DAY, 0],
])('of %s', async (_, spec, knownAt, rowsLate) => {
  const admission = new Admission(parts(), spec, NOW)
  const rows = await admission.admit(late)
  expect([rows.knownAt[0], admission.counts.rowsLate]).toEqual([knownAt, rowsLate])
})
