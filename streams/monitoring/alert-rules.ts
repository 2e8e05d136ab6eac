/** The rules in force, what each has learned, and what each watches. */
import type { AlertRuleSpec, Check } from '../../schemas/events/monitor.ts'
import { DATA_CHECKS, MODEL_CHECKS } from '../../schemas/events/monitor.ts'
import type { Book } from './alarm-book.ts'
import type { Detector } from './e-detector.ts'
import type { Learned } from './unusual.ts'

export type Ruled = {
  spec: AlertRuleSpec
  /** By thing and figure. */
  learned: Map<string, Map<string, Learned>>
  open: Book
  /** Of a lasting change, by check and model. */
  changes: Map<string, Detector>
}

/** @param before the rule as it was: what it learned, and which alarms are open, goes on */
export const ruledBy = (spec: AlertRuleSpec, before?: Ruled): Ruled => ({
  spec,
  learned: before?.learned ?? new Map(),
  open: before?.open ?? new Map(),
  changes: before?.changes ?? new Map(),
})

export const watches = ({ things }: AlertRuleSpec, thing: string): boolean =>
  things.length === 0 || things.includes(thing)

/** The checks of a rule that are made of a thing of a kind. */
export const checksOn = <C extends Check>(
  spec: AlertRuleSpec,
  kind: readonly C[],
  thing: string,
): readonly C[] => (watches(spec, thing) ? kind.filter((check) => spec.checks.includes(check)) : [])

/**
 * The share of the year's budget for one check of one thing at one look: however looks, checks and things hang together, the
 * expected number of false alarms of the rule in a year is at most the budget (Boole).
 * @param there the data sets and models that there are
 */
export function levelOf(
  spec: AlertRuleSpec,
  there: Readonly<{ datasets: Iterable<string>; models: Iterable<string> }>,
  looksAYear: number = spec.looksAYear,
): number {
  const pairs = (kind: readonly Check[], things: Iterable<string>): number =>
    [...things].reduce((sum, thing) => sum + checksOn(spec, kind, thing).length, 0)
  const checks = pairs(DATA_CHECKS, there.datasets) + pairs(MODEL_CHECKS, there.models)
  return Math.min(0.5, spec.falseAlarmsAYear / (looksAYear * Math.max(1, checks)))
}
