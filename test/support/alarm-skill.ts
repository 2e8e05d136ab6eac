/** Alarms on figures whose truth is known because they are made: how many a year with nothing wrong, and what is found of faults. */

import { type Judged, judge, type Learned } from '../../streams/monitoring/unusual.ts'
import type { Figure } from '../../streams/monitoring/usual.ts'
import { normals, type Uniform, xoshiro128 } from '../../streams/statistics/random.ts'

const LOOKS_A_YEAR = 252

export type FigureCase = Readonly<{
  /** Figures that are looked at together. */
  figures: number
  /** Of an AR(1), from look to look; the deviation is 1. */
  phi: number
  /** The share of the variance that all figures have in common. */
  common: number
  tails: 'normal' | 't3'
  /** How many values are remembered. */
  history: number
  /** Less than this, in deviations, is no alarm. */
  matters: number
}>

export type AlarmSkill = Readonly<{
  /** Alarms that begin in a year with nothing wrong, by the rule; and were each figure an alarm beyond 3 deviations of its history. */
  alarmsAYear: number
  threeSigmaAYear: number
  /** Of shifts of one figure, by so many deviations: the share that is found at the first look. */
  finds: readonly number[]
}>

export const SHIFTS = [5, 10, 20] as const

/** @param budget of false alarms a year, over all figures */
export function alarmSkill(
  shape: FigureCase,
  { years, budget, seed }: Readonly<{ years: number; budget: number; seed: number }>,
): AlarmSkill {
  const uniform = xoshiro128(seed)
  const next = series(uniform, shape)
  const learned = new Map<string, Learned>()
  const level = budget / LOOKS_A_YEAR
  const past: number[][] = Array.from({ length: shape.figures }, () => [])
  const naive = { open: false, count: 0, quiet: 0 }
  const own = { open: false, count: 0, quiet: 0 }
  const found = SHIFTS.map(() => 0)
  let shifted = 0
  for (let look = 0; look < shape.history + years * LOOKS_A_YEAR; look++) {
    const values = next()
    const isLearned = look >= shape.history
    if (isLearned && look % 21 === 0) {
      shifted++
      for (const [at, by] of SHIFTS.entries()) {
        const moved = values.map((value, figure) => (figure === 0 ? value + by : value))
        const { findings } = judged(moved, copyOf(learned), shape, { level, position: look })
        if (findings.some(({ what }) => what === '0')) found[at]++
      }
    }
    const { findings } = judged(values, learned, shape, { level, position: look })
    if (isLearned) {
      enter(own, findings.length > 0)
      enter(
        naive,
        [...values].some((value, figure) => beyondThree(value, past[figure].slice(-shape.history))),
      )
    }
    for (const [figure, value] of values.entries()) past[figure].push(value)
  }
  return {
    alarmsAYear: own.count / years,
    threeSigmaAYear: naive.count / years,
    finds: found.map((count) => count / shifted),
  }
}

type Open = { open: boolean; count: number; quiet: number }

/** The rule of the alarm book, with three usual looks to an end. */
function enter(state: Open, isUnusual: boolean): void {
  if (isUnusual) {
    if (!state.open) state.count++
    state.open = true
    state.quiet = 0
  } else if (state.open && ++state.quiet >= 3) state.open = false
}

function judged(
  values: Float64Array,
  learned: Map<string, Learned>,
  { matters, history }: FigureCase,
  at: Readonly<{ level: number; position: number }>,
): Judged {
  const figures = [...values].map(
    (value, what): Figure => ({ what: String(what), value, log: false, matters }),
  )
  return judge(figures, learned, { ...at, history })
}

const copyOf = (learned: ReadonlyMap<string, Learned>): Map<string, Learned> =>
  new Map([...learned].map(([what, one]) => [what, { ...one }]))

function beyondThree(value: number, past: readonly number[]): boolean {
  const mean = past.reduce((sum, one) => sum + one, 0) / past.length
  const deviation = Math.sqrt(past.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (past.length - 1))
  return Math.abs(value - mean) > 3 * deviation
}

function series(uniform: Uniform, { figures, phi, common, tails }: FigureCase): () => Float64Array {
  const draw = (): Float64Array => {
    const made = normals(uniform, figures + 1)
    if (tails === 'normal') return made
    // Student's t with 3 degrees, scaled to a deviation of 1.
    return made.map((z) => z / Math.sqrt(normals(uniform, 3).reduce((sum, one) => sum + one * one, 0)))
  }
  const state = draw()
  const innovation = Math.sqrt(1 - phi * phi)
  return () => {
    const shocks = draw()
    for (let at = 0; at <= figures; at++) state[at] = phi * state[at] + innovation * shocks[at]
    return Float64Array.from(
      { length: figures },
      (_, at) => Math.sqrt(common) * state[figures] + Math.sqrt(1 - common) * state[at],
    )
  }
}
