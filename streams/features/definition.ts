/** What a feature set means: its canonical form, its hash, and the program that computes it. */

import type { FeatureSetSpec } from '../../schemas/events/feature.ts'
import { digestOf } from '../../schemas/kernel/canonical.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Expression } from './formula/expression.ts'
import { LANGUAGE } from './formula/operators.ts'
import { parseFormula } from './formula/parser.ts'
import { printExpression } from './formula/print.ts'
import { compileProgram, type Program } from './program.ts'

export type CompiledSet = FeatureSetSpec &
  Readonly<{
    program: Program
    /** The rows before its own that a value can depend on in its entity's history. */
    lookbackRows: number
  }>

/** What a person writes: formulas in any spelling, and no hash. */
export type FeatureSetDraft = Omit<FeatureSetSpec, 'hash'>

/**
 * Defines a set over a data set's columns; without them any column name is taken. Formulas get their canonical text, and
 * `hash` covers all that the values mean, in the order of the feature vector, with the version of the language. A set without
 * a greatest gap has the hash that it had before there was one.
 * @throws Refusal `formula.*`
 */
export const defineSet = (draft: FeatureSetDraft, columns?: readonly string[]): FeatureSetSpec =>
  specOf(draft, parsed(draft, columns))

/**
 * Compiles a set that was defined.
 * @throws Refusal `feature.meaning-differs` when this program would compute something else under its hash
 */
export function compileSet(spec: FeatureSetSpec): CompiledSet {
  const formulas = parsed(spec)
  const { hash } = specOf(spec, formulas)
  if (hash !== spec.hash) {
    const { set, version, hash: recorded } = spec
    throw refuse('feature.meaning-differs', { set, version, recorded, computed: hash })
  }
  const program = compileProgram(formulas)
  return { ...spec, program, lookbackRows: program.lookbackRows }
}

const parsed = (draft: FeatureSetDraft, columns?: readonly string[]): readonly Expression[] =>
  draft.features.map(({ formula }) => parseFormula(formula, columns))

function specOf(draft: FeatureSetDraft, formulas: readonly Expression[]): FeatureSetSpec {
  const { set, version, entity, dataset, stalenessMicros, lagMicros, maxGapSessions } = draft
  const features = draft.features.map(({ name, unit }, index) => ({
    name,
    formula: printExpression(formulas[index]),
    unit,
  }))
  const meaning = { set, version, entity, dataset, features, stalenessMicros, lagMicros }
  const limits = maxGapSessions === 0 ? {} : { maxGapSessions }
  return { ...meaning, maxGapSessions, hash: digestOf({ language: LANGUAGE, ...meaning, ...limits }) }
}
