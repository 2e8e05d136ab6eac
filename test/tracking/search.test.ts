/** The grammar of MLflow's filters and orders, what meets them, and pages that nothing in between shifts. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseFilter } from '../../projections/tracking/filter.ts'
import { Effort, isLike, pageOf } from '../../projections/tracking/match.ts'
import type { TrackedRun } from '../../projections/tracking/runs.ts'
import { found, RUNS } from '../../projections/tracking/search.ts'

const BLANK: TrackedRun = {
  ...{
    run: 'r',
    experiment: '0',
    family: 'Default',
    author: 'ann',
    name: 'r',
    user: 'ann',
    status: 'FINISHED',
  },
  ...{
    startTime: 0,
    endTime: null,
    isRemoved: false,
    params: new Map(),
    tags: new Map(),
    metrics: new Map(),
  },
  ...{ inputs: [], modelInputs: [], outputs: [], files: new Map(), seal: null, amendments: 0, opened: 1 },
}

type Texts = Readonly<{
  metrics?: Record<string, number>
  params?: Record<string, string>
  tags?: Record<string, string>
}>

const run = (name: string, more: Texts & Partial<Pick<TrackedRun, 'status' | 'startTime' | 'endTime'>>) => ({
  ...BLANK,
  ...more,
  ...{ run: name, name },
  metrics: new Map(
    Object.entries(more.metrics ?? {}).map(([key, value]) => [key, { value, timestamp: 1, step: 1 }]),
  ),
  params: new Map(Object.entries(more.params ?? {})),
  tags: new Map(Object.entries(more.tags ?? {})),
})

const RUNS_OF_ALL = [
  run('a', {
    metrics: { rmse: 0.5, 'val/rmse': 1 },
    params: { model: 'tree', 'learning rate': '0.1' },
    startTime: 1,
  }),
  run('b', { metrics: { rmse: 0.25 }, params: { model: "o'hara" }, tags: { team: 'Alpha' }, startTime: 2 }),
  run('c', { metrics: { rmse: Number.NaN }, params: {}, status: 'FAILED', startTime: 3 }),
  run('d', { metrics: {}, params: { model: 'TREE' }, endTime: 9, startTime: 4 }),
]

const namesOf = (filter: string, ...orders: string[]) =>
  found(RUNS_OF_ALL, RUNS, { filter, orders: orders.length === 0 ? ['start_time ASC'] : orders })
    .map(({ run }) => run)
    .join('')

describe('a filter', () => {
  test.each([
    ['', 'abcd'],
    ['metrics.rmse < 0.5', 'b'],
    ['metric.rmse >= .25 AND metrics.rmse != 5e-1', 'b'],
    ['metrics.`val/rmse` = 1', 'a'],
    ['metrics."val/rmse" = 1.0', 'a'],
    ["params.model = 'tree'", 'a'],
    ["params.model != 'tree'", 'bd'],
    ["params.model LIKE 't%'", 'a'],
    ["params.model ilike 'T__e'", 'ad'],
    ["parameter.`learning rate` = '0.1'", 'a'],
    ["params.model = 'o\\'hara'", 'b'],
    ['params.model = "tree"', 'a'],
    ["status = 'FAILED' and attributes.run_name = 'c'", 'c'],
    ["attr.run_id IN ('a', 'c', 'x')", 'ac'],
    ["run_id NOT IN ('a', 'c')", 'bd'],
    ['start_time > 2', 'cd'],
    ['attributes.end_time IS NOT NULL', 'd'],
    ['tags.team IS NULL', 'acd'],
    ["tag.team = 'Alpha'", 'b'],
  ])('%s', (filter, names) => expect(namesOf(filter)).toBe(names))

  test.each([
    ['metrics.rmse', 13, 'comparison'],
    ['metrics.rmse < ', 15, 'value'],
    ["metrics.rmse < '0.5' or start_time > 1", 22, 'AND'],
    ["params.model = 'tree", 16, 'quote'],
    ['params.model = 1', 1, 'quotes'],
    ['metrics.rmse LIKE 1', 1, 'LIKE'],
    ["colour = 'red'", 1, 'no attribute'],
    ["colours.red = '1'", 1, 'none of'],
    ["run_id IN ('a' 'b')", 16, ')'],
    ["(run_id = 'a')", 1, 'name'],
    ["__proto__.x = '1'", 1, 'none of'],
    ["constructor = '1'", 1, 'no attribute'],
  ])('%s is wrong at %i', (filter, at, word) => {
    try {
      namesOf(filter)
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({ fault: { code: 'tracking.filter', detail: { at } } })
      expect(String(error)).toContain(word)
    }
  })

  test('whatever is written, it is read or refused', () => {
    const parts = [
      'metrics',
      '.',
      'a',
      '`b c`',
      '"d"',
      "'e'",
      '=',
      '!=',
      '<',
      '1',
      '-2.5e3',
      'AND',
      'IN',
      '(',
      ')',
      ',',
      'LIKE',
      ' ',
      'IS',
      'NULL',
      '\\',
      "'",
    ]
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...parts)), (written) => {
        try {
          parseFilter(written.join(' '), RUNS.entities)
        } catch (error) {
          expect(error).toMatchObject({ fault: { code: 'tracking.filter' } })
        }
      }),
    )
  })
})

describe('an order', () => {
  test.each([
    [['metrics.rmse DESC'], 'abcd'],
    [['metrics.rmse'], 'bacd'],
    [['params.model ASC', 'start_time DESC'], 'dbac'],
    [['attributes.start_time DESC'], 'dcba'],
  ])('%s: what has no value, or none that is a number, is last', (orders, names) =>
    expect(namesOf('', ...orders)).toBe(names),
  )

  test('that is none is refused', () => {
    expect(() => namesOf('', 'metrics.rmse DOWN')).toThrow('DOWN')
    expect(() => namesOf('', 'metrics.')).toThrow('name is missing')
    expect(() => namesOf('', 'attributes.stat_time DESC')).toThrow('no attribute stat_time; there are run_id')
    expect(() => namesOf('', 'constructor')).toThrow('no attribute constructor')
  })
})

test('LIKE is what SQL says, in a time that no pattern makes long', () => {
  const regex = (pattern: string) => new RegExp(`^${pattern.replaceAll('%', '[^]*').replaceAll('_', '[^]')}$`)
  const letters = fc.array(fc.constantFrom('a', 'b', '%', '_')).map((all) => all.join(''))
  fc.assert(
    fc.property(letters, letters, (text, pattern) => {
      expect(isLike(text, pattern, new Effort())).toBe(regex(pattern).test(text))
    }),
  )
  expect(isLike('a'.repeat(5_000), `${'%a'.repeat(500)}%b`, new Effort())).toBe(false)
})

test('pages hold each thing once, whatever comes in between', () => {
  let things = ['f', 'e', 'd', 'c', 'b', 'a']
  const seen: string[] = []
  for (let token: string | null = ''; token !== null; ) {
    const { page, next }: ReturnType<typeof pageOf<string>> = pageOf(things, {
      token,
      most: 2,
      question: 'q',
      idOf: (one: string) => one,
    })
    seen.push(...page)
    token = next
    things = [`new${things.length}`, ...things]
  }
  expect(seen).toEqual(['f', 'e', 'd', 'c', 'b', 'a'])
})
