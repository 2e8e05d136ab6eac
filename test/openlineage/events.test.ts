/** What is said in OpenLineage's words is valid by OpenLineage's own schemas, and leads from a prediction back to a file. */
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Recorded } from '../../schemas/envelope.ts'
import { RowsArrived } from '../../schemas/events/data.ts'
import { featureSetSpec } from '../../schemas/events/feature.ts'
import { GateReported } from '../../schemas/events/model.ts'
import { columnsRead } from '../../serving/openlineage/columns.ts'
import { Emitter } from '../../serving/openlineage/emitter.ts'
import { nominalFacet, type RunEvent } from '../../serving/openlineage/run-event.ts'
import { defineSet } from '../../streams/features/definition.ts'
import { eventsOf } from '../support/memory-platform.ts'
import { playedPlatform } from '../support/small-platform.ts'
import { readVector } from '../support/vectors.ts'

const NAMESPACE = 'asof://test'

const ajv = new Ajv2020({ strict: false, allErrors: true })
formats.default(ajv)
for (const schema of JSON.parse(readVector('openlineage-2-0-2.json'))) ajv.addSchema(schema)

/** What is wrong with an event and each of its facets, by the schemas that they name themselves. */
function wrongIn(event: unknown): readonly string[] {
  const wrong: string[] = []
  const check = (schema: unknown, value: unknown): void => {
    const isValid = ajv.getSchema(String(schema))
    if (isValid === undefined) wrong.push(`no schema ${schema}`)
    else if (isValid(value) !== true) wrong.push(`${schema}: ${JSON.stringify(isValid.errors)}`)
  }
  const facetsIn = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    if ('_schemaURL' in value) check(value._schemaURL, value)
    for (const inner of Object.values(value)) facetsIn(inner)
  }
  check((event as { schemaURL?: unknown }).schemaURL, event)
  facetsIn(event)
  return wrong
}

let events: readonly Recorded[]
let said: readonly RunEvent[]

beforeAll(async () => {
  events = await eventsOf((await playedPlatform(10)).log)
  const emitter = new Emitter(NAMESPACE)
  said = events.flatMap((event) => emitter.take(event))
})

describe('the events of a platform', () => {
  test('are valid, facets and all, and a broken one is not', () => {
    expect(said.length).toBeGreaterThan(50)
    expect(said.flatMap(wrongIn)).toEqual([])
    const [one] = said
    expect(wrongIn({ ...one, run: { runId: 'no-uuid' } })).not.toEqual([])
    const untold = { nominalTime: { ...nominalFacet('today').nominalTime } }
    expect(wrongIn({ ...one, run: { ...one.run, facets: untold } })).not.toEqual([])
  })

  test('begin each run once and end it once, after it began, in one job', () => {
    const runs = Map.groupBy(said, ({ run }) => run.runId)
    for (const [id, of] of runs) {
      expect([id, of.map(({ eventType }) => eventType)]).toEqual([id, ['START', 'COMPLETE']])
      expect(new Set(of.map(({ job }) => job.name)).size).toBe(1)
    }
    expect(new Set(said.map(({ job }) => job.name.split('.')[0]))).toEqual(
      new Set(['ingest', 'features', 'freeze', 'train', 'gate', 'promote', 'predict', 'account']),
    )
  })

  test('lead from an outcome back to the file', () => {
    const makers = new Map<string, RunEvent[]>()
    for (const one of said)
      for (const { name } of one.outputs) makers.set(name, [...(makers.get(name) ?? []), one])
    const reached = new Set<string>()
    const visit = (name: string): void => {
      if (reached.has(name)) return
      reached.add(name)
      for (const { inputs } of makers.get(name) ?? []) for (const input of inputs) visit(input.name)
    }
    visit('outcomes.small')
    const [arrived] = events.filter((event) => RowsArrived.is(event))
    expect([...reached]).toEqual(
      expect.arrayContaining([
        ...['predictions.small', 'models.small', 'reports.small', 'artifacts.small-h3-momentum'],
        ...['data.small', arrived.data.source],
      ]),
    )
    expect([...reached].some((name) => name.startsWith('training-sets.'))).toBe(true)
    expect([...reached].some((name) => name.startsWith('features.'))).toBe(true)
  })

  test('say the gate’s tests, the rows and the versions', () => {
    const completed = (name: string) =>
      said.find(({ job, eventType }) => job.name === name && eventType === 'COMPLETE')
    const [report] = events.filter((event) => GateReported.is(event))
    expect(completed('gate.small')?.run.facets?.test?.tests).toMatchObject(
      report.data.tests.map(({ test, passed }) => ({ name: test, status: passed ? 'pass' : 'fail' })),
    )
    const [arrived] = events.filter((event) => RowsArrived.is(event))
    expect(completed('ingest.small')?.outputs[0]).toMatchObject({
      facets: { version: { datasetVersion: String(arrived.position) } },
      outputFacets: { outputStatistics: { rowCount: arrived.data.rows } },
    })
  })

  test('do not depend on where somebody begins to listen', () => {
    const emitter = new Emitter(NAMESPACE)
    // What is taken twice, as after a failure, is said twice alike, and changes nothing that follows.
    const again = events.flatMap((event) => {
      const first = emitter.take(event)
      expect(emitter.take(event)).toEqual(first)
      return first
    })
    expect(again).toEqual(said)
  })
})

test('columns are those of the formula, in whatever data set they stand', () => {
  const draft = {
    ...{ set: 'joined', version: 1, entity: 'instrument', dataset: 'prices', maxGapSessions: 0 },
    ...{ stalenessMicros: 1e9, lagMicros: 0 },
    joins: [{ name: 'f', dataset: 'fundamentals', entity: '', stalenessMicros: 0 }],
    features: [
      { name: 'value', formula: 'close / f.eps + close', unit: '' },
      { name: 'growth', formula: 'f[eps - delay(eps, 4)] * 2', unit: '' },
      { name: 'one', formula: 'volume', unit: '' },
    ],
  }
  const spec = featureSetSpec.parse(defineSet(draft as never))
  expect(columnsRead(spec)).toEqual([
    [
      { dataset: 'prices', column: 'close' },
      { dataset: 'fundamentals', column: 'eps' },
    ],
    [{ dataset: 'fundamentals', column: 'eps' }],
    [{ dataset: 'prices', column: 'volume' }],
  ])
})
