/** The definition of feature values, written as plainly as possible: every cell anew, from the facts known at a moment. */

import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import type { Expression } from '../../streams/features/formula/expression.ts'
import { parseFormula } from '../../streams/features/formula/parser.ts'

/** A fact as a test writes it; its place in the array is its log position. */
export type Fact = Readonly<{ entity: string; time: number; known: number; values: readonly number[] }>

export const COLUMNS = ['a', 'b'] as const
export const ENTITIES = ['X', 'Y', 'Z'] as const

/** What counts as too far apart: the most sessions between two rows of a window (0: no limit), and whether weekends have none. */
export type World = Readonly<{ maxGap: number; weekends: boolean }>
export const ENDLESS: World = { maxGap: 0, weekends: false }

/** How many sessions lie after one day up to another, day 0 being a Thursday; a day without a session is of the next one. */
function sessionsApart(from: number, to: number, { weekends }: World): number {
  const isSession = (day: number) => !weekends || ![2, 3].includes(day % 7)
  const sessionOf = (day: number): number => (isSession(day) ? day : sessionOf(day + 1))
  let apart = 0
  for (let day = sessionOf(from) + 1; day <= sessionOf(to); day++) if (isSession(day)) apart++
  return apart
}

/** For each entity its rows by time, as known at a moment: the newest knowledge, then the later position. */
export function knownAsOf(facts: readonly Fact[], moment: number): Map<string, Fact[]> {
  const latest = new Map<string, Fact>()
  for (const fact of facts) {
    const key = `${fact.entity} ${fact.time}`
    const before = latest.get(key)
    if (fact.known <= moment && (before === undefined || before.known <= fact.known)) latest.set(key, fact)
  }
  const panel = new Map<string, Fact[]>(ENTITIES.map((entity) => [entity, []]))
  for (const fact of latest.values()) panel.get(fact.entity)?.push(fact)
  for (const rows of panel.values()) rows.sort((x, y) => x.time - y.time)
  return panel
}

/** `entity time` to the value's text, for every cell known at a moment. */
export function valuesAsOf(
  formula: string,
  { facts, moment, world }: Readonly<{ facts: readonly Fact[]; moment: number; world: World }>,
): Map<string, string> {
  const panel = knownAsOf(facts, moment)
  const expression = parseFormula(formula, COLUMNS)
  const out = new Map<string, string>()
  for (const [entity, rows] of panel) {
    for (const [row, fact] of rows.entries()) {
      out.set(`${entity} ${fact.time}`, bits(evaluate(expression, { panel, entity, row, world }) + 0))
    }
  }
  return out
}

/** The text of a value; a negative zero is told apart, because no value may be one. */
export const bits = (value: number): string => (Object.is(value, -0) ? '-0' : String(value))

type At = Readonly<{ panel: Map<string, Fact[]>; entity: string; row: number; world: World }>

/** Whether a row so many rows back is there, with no gap on the way to it. */
function reaches({ panel, entity, row, world }: At, rowsBack: number): boolean {
  if (rowsBack > row) return false
  const rows = (panel.get(entity) ?? []).slice(row - rowsBack, row + 1)
  const isGap = (from: Fact, to: Fact) => sessionsApart(from.time, to.time, world) > world.maxGap
  return world.maxGap === 0 || rows.every((fact, i) => i === 0 || !isGap(rows[i - 1], fact))
}

function evaluate(expression: Expression, at: At): number {
  if (expression.kind === 'number') return expression.value
  const rows = at.panel.get(at.entity) ?? []
  if (expression.kind === 'field') return rows[at.row].values[COLUMNS.indexOf(expression.name as 'a')]
  if (expression.kind !== 'call') throw new Error(`no meaning here: ${expression.kind}`)
  const { operator, inputs, numbers } = expression
  const { name } = operator
  const finite = (value: number) => (Number.isFinite(value) ? value : Number.NaN)
  if (name in CROSS) {
    const values: number[] = []
    const more: number[][] = []
    const groupOf = (of: At): number => (operator.isGrouped ? evaluate(inputs[inputs.length - 1], of) : 0)
    const exposures = (operator.isGrouped ? inputs.slice(1, -1) : inputs.slice(1)) as readonly Expression[]
    const group = groupOf(at)
    let self = Number.NaN
    let place = -1
    for (const entity of [...at.panel.keys()].sort()) {
      const row = (at.panel.get(entity) ?? []).findIndex((fact) => fact.time === rows[at.row].time)
      if (row < 0) continue
      if (groupOf({ ...at, entity, row }) !== group) continue
      const value = evaluate(inputs[0], { ...at, entity, row })
      const exposed = exposures.map((input) => evaluate(input, { ...at, entity, row }))
      if ([value, ...exposed].some(Number.isNaN)) continue
      if (entity === at.entity) [self, place] = [value, values.length]
      values.push(value)
      more.push(exposed)
    }
    return Number.isNaN(self) ? Number.NaN : finite(CROSS[name](values, self, { numbers, more, place }))
  }
  const back = (input: Expression, rowsBack: number) =>
    reaches(at, rowsBack) ? evaluate(input, { ...at, row: at.row - rowsBack }) : Number.NaN
  const days = operator.shape.span(numbers) / MICROS_PER_DAY
  const rowsBack = days === 0 ? numbers[0] : (rowsBackIn(at, days) ?? rows.length)
  if (name === 'delay') return back(inputs[0], rowsBack)
  if (name === 'delta') return finite(back(inputs[0], 0) - back(inputs[0], rowsBack))
  if (name in WINDOW) {
    // Of a window of time the row at or before its start must be there, and is no part of it.
    if (days > 0 && !reaches(at, rowsBack)) return Number.NaN
    const windows = inputs.map((input) =>
      Array.from({ length: rowsBack }, (_, i) => back(input, rowsBack - 1 - i)),
    )
    if (name === 'ts_count')
      return reaches(at, rowsBack - 1) ? windows[0].filter((x) => !Number.isNaN(x)).length : Number.NaN
    if (windows.flat().some(Number.isNaN)) return Number.NaN
    return finite(WINDOW[name](windows[0], windows[1] ?? [], numbers))
  }
  const cells = inputs.map((input) => evaluate(input, at))
  if (name === 'is_missing') return Number.isNaN(cells[0]) ? 1 : 0
  if (name === 'coalesce') return Number.isNaN(cells[0]) ? cells[1] : cells[0]
  if (name === 'if') return Number.isNaN(cells[0]) ? Number.NaN : cells[0] !== 0 ? cells[1] : cells[2]
  if (cells.some(Number.isNaN)) return Number.NaN
  return finite(CELL[name](cells[0], cells[1], cells[2]))
}

/** How many rows back the newest one at or before so many days earlier is; null where there is none. */
function rowsBackIn({ panel, entity, row }: At, days: number): number | null {
  const rows = panel.get(entity) ?? []
  const at = rows.findLastIndex(({ time }) => time <= rows[row].time - days)
  return at < 0 ? null : row - at
}

const sum = (x: readonly number[]) => x.reduce((total, value) => total + value, 0)
const centre = (x: readonly number[]) => x[0] + sum(x.map((value) => value - x[0])) / x.length
const products = (x: readonly number[], y: readonly number[]) =>
  sum(x.map((value, i) => (value - centre(x)) * (y[i] - centre(y))))
const rankOf = (x: readonly number[], own: number) =>
  (x.filter((value) => value < own).length + (x.filter((value) => value === own).length + 1) / 2) / x.length

type Besides = Readonly<{ numbers: readonly number[]; more: readonly (readonly number[])[]; place: number }>

const stdOf = (x: readonly number[]) => Math.sqrt(products(x, x) / (x.length - 1))
const quantile = (x: readonly number[], q: number) => {
  const sorted = x.toSorted((a, b) => a - b)
  const at = q * (x.length - 1)
  const [low, high] = [sorted[Math.floor(at)], sorted[Math.min(Math.floor(at) + 1, x.length - 1)]]
  return low + (high - low) * (at - Math.floor(at))
}
/** Deviations of places from their middle, times those of values. */
const along = (x: readonly number[]) =>
  sum(x.map((value, i) => (i - (x.length - 1) / 2) * (value - centre(x))))
const places = (x: readonly number[]) => sum(x.map((_, i) => (i - (x.length - 1) / 2) ** 2))

const CROSS: Record<string, (values: readonly number[], own: number, besides: Besides) => number> = {
  winsorize: (x, own, { numbers: [k] }) => {
    const reach = x.length > 1 ? k * stdOf(x) : 0
    return Math.min(Math.max(own, centre(x) - reach), centre(x) + reach)
  },
  bucket: (x, own, { numbers: [n] }) => Math.ceil((rankOf(x, own) * x.length * n) / x.length),
  cs_sum: sum,
  cs_mean: centre,
  cs_std: stdOf,
  cs_median: (x) => {
    const sorted = x.toSorted((a, b) => a - b)
    const half = x.length >>> 1
    return x.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
  },
  cs_count: (x) => x.length,
  rank: rankOf,
  zscore: (x, own) => (own - centre(x)) / Math.sqrt(products(x, x) / (x.length - 1)),
  demean: (x, own) => own - centre(x),
  scale: (x, own, { numbers: [to] }) => (own / sum(x.map(Math.abs))) * to,
}

const WINDOW: Record<
  string,
  (x: readonly number[], y: readonly number[], numbers: readonly number[]) => number
> = {
  ts_var: (x) => products(x, x) / (x.length - 1),
  ts_zscore: (x) => (x[x.length - 1] - centre(x)) / stdOf(x),
  ts_quantile: (x, _, [, q]) => quantile(x, q),
  ts_median: (x) => quantile(x, 0.5),
  ts_slope: (x) => along(x) / places(x),
  ts_rsquare: (x) => (along(x) * along(x)) / (places(x) * products(x, x)),
  ts_resi: (x) => x[x.length - 1] - (centre(x) + ((along(x) / places(x)) * (x.length - 1)) / 2),
  ts_count: (x) => x.length,
  decay_exp: (x, _, [, factor]) =>
    x.reduce((total, value) => total * factor + value, 0) / x.reduce((total) => total * factor + 1, 0),
  ts_sum: sum,
  ts_mean: (x) => sum(x) / x.length,
  ts_std: (x) => Math.sqrt(products(x, x) / (x.length - 1)),
  ts_min: (x) => Math.min(...x),
  ts_max: (x) => Math.max(...x),
  ts_argmax: (x) => x.indexOf(Math.max(...x)) + 1,
  ts_argmin: (x) => x.indexOf(Math.min(...x)) + 1,
  ts_rank: (x) => rankOf(x, x[x.length - 1]),
  product: (x) => x.reduce((total, value) => total * value, 1),
  decay_linear: (x) => sum(x.map((value, i) => value * (i + 1))) / ((x.length * (x.length + 1)) / 2),
  correlation: (x, y) => products(x, y) / (Math.sqrt(products(x, x)) * Math.sqrt(products(y, y))),
  covariance: (x, y) => products(x, y) / (x.length - 1),
}

const CELL: Record<string, (x: number, y: number, z: number) => number> = {
  floor: Math.floor,
  ceil: Math.ceil,
  clip: (x, least, most) => Math.min(Math.max(x, least), most),
  plain: (x) => x,
  tanh: Math.tanh,
  abs: Math.abs,
  log: Math.log,
  exp: Math.exp,
  sqrt: Math.sqrt,
  sign: Math.sign,
  min: (x, y) => Math.min(x, y),
  max: (x, y) => Math.max(x, y),
  power: (x, y) => x ** y,
  raised: (x, y) => x ** y,
  signed_power: (x, y) => Math.sign(x) * Math.abs(x) ** y,
  plus: (x, y) => x + y,
  minus: (x, y) => x - y,
  times: (x, y) => x * y,
  over: (x, y) => x / y,
  negated: (x) => -x,
  less: (x, y) => (x < y ? 1 : 0),
  atMost: (x, y) => (x <= y ? 1 : 0),
  more: (x, y) => (x > y ? 1 : 0),
  atLeast: (x, y) => (x >= y ? 1 : 0),
  equal: (x, y) => (x === y ? 1 : 0),
  unequal: (x, y) => (x !== y ? 1 : 0),
  and: (x, y) => (x !== 0 && y !== 0 ? 1 : 0),
  or: (x, y) => (x !== 0 || y !== 0 ? 1 : 0),
}

/** The facts that a value is made of by definition, as `entity time column`; what a window lacks is left out. */
export function sourcesOf(formula: string, at: At): ReadonlySet<string> {
  return sources(parseFormula(formula, COLUMNS), at)
}

function sources(expression: Expression, at: At): ReadonlySet<string> {
  if (expression.kind === 'number') return new Set()
  const rows = at.panel.get(at.entity) ?? []
  const { time } = rows[at.row]
  if (expression.kind === 'field') return new Set([`${at.entity} ${time} ${expression.name}`])
  if (expression.kind !== 'call') throw new Error(`no meaning here: ${expression.kind}`)
  const { operator, inputs, numbers } = expression
  const days = operator.shape.span(numbers) / MICROS_PER_DAY
  const first = days === 0 ? numbers[0] : (rowsBackIn(at, days) ?? rows.length)
  const reads = (rowsBack: readonly number[]) =>
    rowsBack
      .filter((back) => reaches(at, back))
      .flatMap((back) => inputs.map((input) => sources(input, { ...at, row: at.row - back })))
  const join = (sets: readonly ReadonlySet<string>[]) => new Set(sets.flatMap((set) => [...set]))
  if (operator.name in WINDOW) return join(reads(Array.from({ length: first }, (_, i) => i)))
  if (operator.name === 'delay') return join(reads([first]))
  if (operator.name === 'delta') return join(reads([0, first]))
  if (!(operator.name in CROSS)) return join(reads([0]))
  return join(
    [...at.panel].flatMap(([entity, others]) => {
      const row = others.findIndex((fact) => fact.time === time)
      return row < 0 ? [] : inputs.map((input) => sources(input, { ...at, entity, row }))
    }),
  )
}
