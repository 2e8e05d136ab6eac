/** What a history keeps of a program in which entities depend on each other; that its values are those of the definition, `tail.test.ts` says. */
import { describe, expect, test } from 'vitest'
import { computeRows, waysOf } from '../../streams/features/demand.ts'
import { parseFormula } from '../../streams/features/formula/parser.ts'
import { Panel } from '../../streams/features/panel.ts'
import { compileProgram } from '../../streams/features/program.ts'
import type { Series } from '../../streams/features/series.ts'
import type { Spans } from '../../streams/features/spans.ts'

const TEXTS = [
  'ts_mean(rank(delta(a, 1)), 4) - a',
  'rank(ts_std(rank(a), 3)) * ts_mean(a, 6)',
  'delay(a, 9) + rank(a)',
]
const NAMES = ['x', 'y', 'z']

function market() {
  const program = compileProgram(TEXTS.map((text) => parseFormula(text)))
  const panel = new Panel({ ...program, columns: program.reads.length, isGap: null })
  const all = panel.seriesOf(NAMES)
  const append = (day: number): Spans => {
    for (const [place, series] of all.entries()) {
      series.reserve(series.length + 1)
      series.time[series.length] = day
      series.values[0][series.length++] = ((day * 7 + place * 5) % 11) - 4
    }
    return new Map(all.map((series) => [series, [series.length - 1, series.length]]))
  }
  const computed = (rows: Spans, ways: ReturnType<typeof waysOf>): number[][] => {
    const values = new Map<Series, number[]>()
    const read = (series: Series) => program.outputs.map((slot) => series.values[slot][series.length - 1])
    const each = (part: Iterable<readonly [Series, readonly number[]]>) => {
      for (const [series] of part) values.set(series, read(series))
    }
    computeRows(rows, { panel, program, ways, each })
    return all.map((series) => values.get(series) ?? [])
  }
  return { program, all, append, computed }
}

describe('the newest rows, computed in stages', () => {
  test('have the bits of rows that are computed node by node', () => {
    const [staged, plain] = [market(), market()]
    const ways = waysOf(staged.program)
    expect(ways.staged).not.toBeNull()
    const none = { alone: null, staged: null }
    for (let day = 0; day < 30; day++) {
      const rows = staged.append(day)
      // Some rows of a time alone are computed as corrections are, which has each history hold all for itself.
      if (day % 11 === 7) staged.computed(new Map([...rows].slice(1)), ways)
      expect(staged.computed(rows, ways)).toEqual(plain.computed(plain.append(day), none))
    }
  })

  test('leave each history what windows and cross-sections read, and no column is made anew when its first rows go', () => {
    const { all, append, computed, program } = market()
    const ways = waysOf(program)
    for (let day = 0; day < 100; day++) computed(append(day), ways)
    const [first, second] = all
    const own = (series: Series) => series.values.filter((values, slot) => values !== second.values[slot])
    expect(own(first).length).toBeLessThan(program.slots)
    const columns = [...own(first), first.time, first.fact]
    for (let day = 100; day < 1_000; day++) {
      computed(append(day), ways)
      if (day % 20 === 0) for (const series of all) series.dropFirst(20)
    }
    expect([...own(first), first.time, first.fact].map((column, at) => column === columns[at])).not.toContain(
      false,
    )
  })
})
