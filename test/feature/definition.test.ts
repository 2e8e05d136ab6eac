import { describe, expect, test } from 'vitest'
import { type FeatureSetSpec, SetDefined } from '../../schemas/events/feature.ts'
import { Refusal } from '../../schemas/kernel/fault.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { compileSet, defineSet } from '../../streams/features/definition.ts'
import { readFeatureSet } from '../../streams/features/set-file.ts'

const COLUMNS = ['open', 'close', 'volume']
const FILE = `
set: us-momentum
version: 1
entity: instrument
dataset: us20
staleness: 10d
lag: 90m
features:
  momentum: { formula: "close / delay(close, 252) - 1", unit: ratio }
  liquidity:
    formula: rank(ts_mean(volume, 20))
    unit: ''
`
const define = async (text: string) => defineSet(await readFeatureSet('momentum.yaml', text), COLUMNS)

const messageOf = async (text: string): Promise<string> => {
  try {
    await define(text)
  } catch (error) {
    if (error instanceof Refusal) return `${error.fault.code}: ${error.message}`
    throw error
  }
  return 'not refused'
}

describe('a feature set file', () => {
  test('becomes what is recorded', async () => {
    const { hash, ...spec } = await define(FILE)
    expect(spec).toEqual({
      set: 'us-momentum',
      version: 1,
      entity: 'instrument',
      dataset: 'us20',
      features: [
        { name: 'momentum', formula: 'close / delay(close, 252) - 1', unit: 'ratio' },
        { name: 'liquidity', formula: 'rank(ts_mean(volume, 20))', unit: '' },
      ],
      stalenessMicros: 10 * MICROS_PER_DAY,
      lagMicros: 5_400_000_000,
      maxGapSessions: 90,
      joins: [],
    })
    expect(SetDefined.data.parse({ hash, ...spec })).toEqual({ hash, ...spec })
    expect(compileSet({ hash, ...spec })).toMatchObject({
      lookbackRows: 252,
      program: { columns: ['close', 'volume'] },
    })
  })

  test.each([
    [
      'set: us-momentum',
      'set: US momentum',
      /feature.file-invalid: momentum.yaml, set: it must be the name of the set/,
    ],
    ['version: 1', 'version: one', /momentum.yaml, version: it must be a whole number from 1/],
    ['lag: 90m', 'leg: 90m', /momentum.yaml, (lag|leg)/],
    ['staleness: 10d', 'staleness: 10', /staleness: it must be a length of time such as 10d/],
    ['staleness: 10d', 'staleness: 0d', /staleness: it must be longer than nothing/],
    ['lag: 90m', 'lag: 90m\nlagg: 1d', /lagg: it has no meaning. Remove it, or write one of: set, version/],
    ['unit: ratio', 'units: ratio', /features.momentum/],
    ['lag: 90m', 'lag: 90m\nmaxGap: 0', /maxGap: it must be a whole number of sessions from 1, or none/],
    ['lag: 90m', 'lag: 90m\nmaxGap: 10d', /maxGap: it must be a whole number of sessions from 1, or none/],
    ['  liquidity:', '  momentum:', /line 10, column 3: the key momentum is there twice/],
    ['entity: instrument', 'entity: [', /line \d+, column \d+/],
    ['rank(ts_mean', 'rank(ts_main', /formula.unknown-name: Column 6 .*Did you mean ts_min or ts_mean/],
    [FILE, '', /the whole file/],
    [FILE.slice(FILE.indexOf('features:')), 'features: {}', /features: it must have at least one feature/],
  ])('is refused by name: %s as %s', async (before, after, message) => {
    expect(await messageOf(FILE.replace(before, after))).toMatch(message)
  })
})

describe('the hash of a feature set', async () => {
  const { hash } = await define(FILE)

  test.each([
    ['spaces', 'close / delay(close, 252) - 1', 'close/delay( close,252 )-1'],
    ['parentheses', 'close / delay(close, 252) - 1', '((close) / (delay(close, 252))) - 1'],
    ['another way to say the same length of time', 'lag: 90m', 'lag: 5400s'],
    ['quotes', "unit: ''", 'unit: ""'],
    ['saying what holds anyway', 'lag: 90m', 'lag: 90m\nmaxGap: 90'],
  ])('is not changed by %s', async (_, before, after) => {
    expect((await define(FILE.replace(before, after))).hash).toBe(hash)
  })

  test.each([
    ['set: us-momentum', 'set: us-momentum2'],
    ['version: 1', 'version: 2'],
    ['entity: instrument', 'entity: issuer'],
    ['dataset: us20', 'dataset: us30'],
    ['staleness: 10d', 'staleness: 11d'],
    ['lag: 90m', 'lag: 91m'],
    ['lag: 90m', 'lag: 90m\nmaxGap: 91'],
    ['lag: 90m', 'lag: 90m\nmaxGap: none'],
    ['unit: ratio', 'unit: percent'],
    ['momentum: {', 'momentum2: {'],
    ['252', '251'],
    ['- 1', '- 1.0000000000000002'],
  ])('is changed by %s as %s', async (before, after) => {
    expect((await define(FILE.replace(before, after))).hash).not.toBe(hash)
  })

  test('of a set without a greatest gap is what it was before there was one', async () => {
    const before = '1e687fac318cf6f77d0e46651efd87d34c6b0038574bf88fa3418781fb426dfb'
    const { maxGapSessions, joins, ...old } = await define(FILE.replace('lag: 90m', 'lag: 90m\nmaxGap: none'))
    expect(old.hash).toBe(before)
    // As a log of then has it.
    const upcast = (data: unknown) =>
      [1, 2].reduce((one, version) => SetDefined.old[version]?.upcast?.(one as never), data)
    expect(compileSet(upcast(old) as FeatureSetSpec)).toMatchObject({ hash: before, maxGapSessions: 0 })
    expect({ maxGapSessions, joins }).toEqual({ maxGapSessions: 0, joins: [] })
  })

  test('is checked before anything is computed under it', async () => {
    const spec = await define(FILE)
    expect(() => compileSet({ ...spec, version: 2 })).toThrow(/was defined with hash/)
  })
})
