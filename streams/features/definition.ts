/** What a feature set means: its canonical form, its hash, and the program that computes it. */

import type { FeatureSetSpec } from '../../schemas/events/feature.ts'
import { digestOf } from '../../schemas/kernel/canonical.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { FeatureSetDraft } from './draft.ts'
import { LANGUAGE } from './formula/operators.ts'
import { parseFormula } from './formula/parser.ts'
import { printExpression } from './formula/print.ts'
import { wordsOf } from './formula/words.ts'
import { compileProgram, type Program } from './program.ts'
import { type DataColumns, type Resolved, resolvedFormulas } from './resolve.ts'

export type { Definition, FeatureSetDraft } from './draft.ts'

export type CompiledSet = FeatureSetSpec &
  Readonly<{
    program: Program
    /** The rows before its own that a value can depend on in its entity's history. */
    lookbackRows: number
  }>

/**
 * Defines a set over a data set's columns; without them any column name is taken. Formulas get their canonical text, with definitions
 * and other features written out, and `hash` covers all that the values mean, in the order of the feature vector, with the version of the
 * language. A set without a greatest gap, or without other data sets, has the hash that it had before there were any.
 * @param columns those of the set's data set; units are checked where they are given
 * @param others those of the data sets that are joined, by name
 * @throws Refusal `formula.*`, `feature.*`, `data.unknown-dataset`
 */
export const defineSet = (
  draft: FeatureSetDraft,
  columns?: DataColumns,
  others?: ReadonlyMap<string, DataColumns>,
): FeatureSetSpec => specOf(draft, resolvedFormulas(draft, columns, others))

/**
 * Compiles a set that was defined.
 * @throws Refusal `feature.meaning-differs` when this program would compute something else under its hash
 */
export function compileSet(spec: FeatureSetSpec): CompiledSet {
  const formulas = formulasOf(spec)
  const { hash } = specOf(spec, formulas)
  if (hash !== spec.hash) {
    const { set, version, hash: recorded } = spec
    throw refuse('feature.meaning-differs', { set, version, recorded, computed: hash })
  }
  const program = compileProgram(
    formulas.map(({ expression }) => expression),
    spec.joins,
  )
  return { ...spec, program, lookbackRows: program.lookbackRows }
}

/** The formulas of a set that was defined, in the order of its features. */
export function formulasOf({
  joins,
  features,
}: Pick<FeatureSetSpec, 'joins' | 'features'>): readonly Resolved[] {
  const words = wordsOf(undefined, { joins: new Map(joins.map(({ name }) => [name, wordsOf()])) })
  return features.map(({ formula, unit }) => ({ expression: parseFormula(formula, words), unit }))
}

function specOf(draft: FeatureSetDraft, formulas: readonly Resolved[]): FeatureSetSpec {
  const { set, version, entity, dataset, stalenessMicros, lagMicros, maxGapSessions, joins = [] } = draft
  const features = draft.features.map(({ name }, index) => ({
    name,
    formula: printExpression(formulas[index].expression),
    unit: formulas[index].unit,
  }))
  const meaning = { set, version, entity, dataset, features, stalenessMicros, lagMicros }
  const limits = maxGapSessions === 0 ? {} : { maxGapSessions }
  const read = joins.length === 0 ? {} : { joins }
  const hash = digestOf({ language: LANGUAGE, ...meaning, ...limits, ...read })
  return { ...meaning, maxGapSessions, joins, hash }
}
