/** The monitors on data whose truth is known because it is made: how often they alarm about nothing, and what they see. */

import { beginEvidence, observe } from '../../streams/monitoring/e-process.ts'
import {
  driftOf,
  type FeatureReference,
  referenceOf,
  WINDOW_DAYS,
} from '../../streams/monitoring/feature-drift.ts'
import { normals, type Uniform, xoshiro128 } from '../../streams/statistics/random.ts'
import { averageRanks } from '../../streams/statistics/ranks.ts'
import { sharpeOf, TRADING_DAYS } from '../../streams/statistics/sharpe.ts'

const NAMES = 20
/** Between the last day of the reference and the first live one. */
export const GAP_DAYS = 126
export const EVERY_DAYS = 5

/** How a feature is written: as it is, by its place among the names of the day, or by its deviations from their mean. */
export type Form = 'level' | 'rank' | 'z-score'

export type Panel = Readonly<{
  form: Form
  /** Of an AR(1), from day to day. */
  phi: number
  /** The share of its variance that all names have in common: 1 is one series for all of them. */
  common: number
  referenceDays: number
  /** Features that are watched together, alike and independent. */
  features: number
}>

export function madePanel(
  uniform: Uniform,
  days: number,
  { form, phi, common }: Panel,
): readonly Float64Array[] {
  const state = normals(uniform, NAMES + 1)
  const innovation = Math.sqrt(1 - phi * phi)
  return Array.from({ length: days }, () => {
    const shocks = normals(uniform, NAMES + 1)
    for (let i = 0; i <= NAMES; i++) state[i] = phi * state[i] + innovation * shocks[i]
    const values = Float64Array.from(
      { length: NAMES },
      (_, i) => Math.sqrt(common) * state[NAMES] + Math.sqrt(1 - common) * state[i],
    )
    return written(values, form)
  })
}

function written(values: Float64Array, form: Form): Float64Array {
  if (form === 'level') return values
  if (form === 'rank') return averageRanks(values).map((rank) => rank / values.length)
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
  return values.map((value) => (value - mean) / deviation)
}

type DriftSkill = Readonly<{
  /** Shares of all models, or of the checks of those that are judged. */
  unjudged: number
  checksInAlarm: number
  /** Of models with at least one alarm in a year of checks; and alarms that begin, a model and year. */
  anyInAYear: number
  alarmsAYear: number
  /** Of windows that are wholly after the change: by so many deviations, or with a deviation so many times as great. */
  shiftHalf: number
  shiftOne: number
  shiftTwo: number
  spreadTwice: number
}>

/** A year of checks with nothing changed, and one of the year's last window with something changed, on so many models. */
export function driftSkill(panel: Panel, models: number, seed: number): DriftSkill {
  const uniform = xoshiro128(seed)
  const days = panel.referenceDays + GAP_DAYS + WINDOW_DAYS + TRADING_DAYS
  const sums = { unjudged: 0, checks: 0, inAlarm: 0, any: 0, begun: 0, half: 0, one: 0, two: 0, twice: 0 }
  let seen = 0
  for (let model = 0; model < models; model++) {
    const made = Array.from({ length: panel.features }, () => madePanel(uniform, days, panel))
    const judged = made.flatMap((values) => {
      const reference = referenceOf(values.slice(0, panel.referenceDays), panel.features)
      return reference.kind === 'measured' ? [{ values, reference: reference.value }] : []
    })
    sums.unjudged += panel.features - judged.length
    if (judged.length === 0) continue
    seen++
    let before = false
    let any = false
    for (let to = panel.referenceDays + GAP_DAYS + WINDOW_DAYS; to <= days; to += EVERY_DAYS) {
      const alarm = judged.some((one) => drifted(one.reference, windowTo(one.values, to)))
      sums.checks++
      if (alarm) sums.inAlarm++
      if (alarm && !before) sums.begun++
      any ||= alarm
      before = alarm
    }
    if (any) sums.any++
    const [{ values, reference }] = judged
    const last = windowTo(values, days)
    const sees = (change: (value: number) => number) => Number(drifted(reference, last.map(change)))
    sums.half += sees((value) => value + 0.5 * UNIT[panel.form])
    sums.one += sees((value) => value + UNIT[panel.form])
    sums.two += sees((value) => value + 2 * UNIT[panel.form])
    sums.twice += sees((value) => CENTRE[panel.form] + 2 * (value - CENTRE[panel.form]))
  }
  return {
    unjudged: sums.unjudged / (models * panel.features),
    checksInAlarm: sums.inAlarm / sums.checks,
    anyInAYear: sums.any / seen,
    alarmsAYear: sums.begun / seen,
    shiftHalf: sums.half / seen,
    shiftOne: sums.one / seen,
    shiftTwo: sums.two / seen,
    spreadTwice: sums.twice / seen,
  }
}

/** The deviation of a feature in each form, and its middle. */
const UNIT: Readonly<Record<Form, number>> = { level: 1, rank: 1 / Math.sqrt(12), 'z-score': 1 }
const CENTRE: Readonly<Record<Form, number>> = { level: 0, rank: 0.525, 'z-score': 0 }

export const windowTo = (values: readonly Float64Array[], to: number): Float64Array =>
  Float64Array.from(values.slice(to - WINDOW_DAYS, to).flatMap((day) => [...day]))

function drifted(reference: FeatureReference, window: Float64Array): boolean {
  const found = driftOf(reference, window)
  return found.kind === 'measured' && found.value.drifted
}

export type WatchCase = Readonly<{
  backtestDays: number
  liveDays: number
  /** Of the daily returns, in the backtest and live. */
  autocorrelation: number
  /** The backtest with the best ratio of so many is taken; all but the first have no skill. */
  trials: number
  /** True annual ratios: of the first trial, and of what is taken once it is live (null: what it truly has). */
  skill: number
  live: number | null
}>

type WatchSkill = Readonly<{ alarms: number; heldToSharpe: number; medianDay: number | null }>

/** How often the always-valid test gives an alarm within the live days, over so many models. */
export function watchSkill(shape: WatchCase, models: number, seed: number): WatchSkill {
  const uniform = xoshiro128(seed)
  const days: number[] = []
  let held = 0
  for (let model = 0; model < models; model++) {
    let best = {
      returns: madeReturns(uniform, shape.backtestDays, shape.skill, shape.autocorrelation),
      skill: shape.skill,
    }
    for (let trial = 1; trial < shape.trials; trial++) {
      const other = { returns: madeReturns(uniform, shape.backtestDays, 0, shape.autocorrelation), skill: 0 }
      if (sharpeOf(other.returns) > sharpeOf(best.returns)) best = other
    }
    let evidence = beginEvidence(best.returns, { trials: shape.trials })
    held += (evidence.mean / VOLATILITY) * Math.sqrt(TRADING_DAYS)
    const live = madeReturns(uniform, shape.liveDays, shape.live ?? best.skill, shape.autocorrelation)
    for (let day = 0; day < live.length && !evidence.alarm; day++) evidence = observe(evidence, live[day])
    if (evidence.alarm) days.push(evidence.days)
  }
  days.sort((a, b) => a - b)
  return {
    alarms: days.length / models,
    heldToSharpe: held / models,
    medianDay: days[days.length >> 1] ?? null,
  }
}

const VOLATILITY = 0.01

function madeReturns(uniform: Uniform, days: number, annualSharpe: number, phi: number): Float64Array {
  const shocks = normals(uniform, days)
  const innovation = Math.sqrt(1 - phi * phi)
  let state = 0
  return shocks.map((shock, day) => {
    state = day === 0 ? shock : phi * state + innovation * shock
    return VOLATILITY * (state + annualSharpe / Math.sqrt(TRADING_DAYS))
  })
}
