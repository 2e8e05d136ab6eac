/** The printed reference of the language: every operator with its formula, its window and what becomes of missing values. */
import { ATOM, type Operator, usageOf } from './expression.ts'
import { OPERATORS } from './operators.ts'

export type OperatorEntry = Readonly<{
  name: string
  /** Each way to write it. */
  usages: readonly string[]
  /** What each of its arguments may be. */
  takes: readonly Readonly<{ name: string; wants: string }>[]
  formula: string
  window: string
  missing: string
}>

/** What holds of every operator that says nothing else. */
export const GENERAL_RULES: readonly string[] = [
  'A missing input of a cell makes the value missing, and so does a missing value in a window.',
  'What is not finite is missing: division by 0, the logarithm of 0, an overflow.',
  'A window that is longer than the history, or reaches across a gap (maxGap), makes the value missing. A window of time does where no row is at or before its start.',
  'A window of rows is written 20, a window of time 30m (d, h, m, s).',
  'Entities without a value, or without a group, stay out of a cross-section, and stay missing.',
]

/** Every operator, in the order of the table. */
export function operatorReference(): readonly OperatorEntry[] {
  const byName = Map.groupBy(OPERATORS, ({ name }) => name)
  return [...byName].map(([name, operators]) => {
    const { about } = operators[0]
    const takes = operators.flatMap((operator) => operator.takes)
    return {
      name,
      usages: [...new Set(operators.map(usage))],
      takes: [...new Map(takes.map((one) => [one.name, wantsOf(one.name, takes)])).values()],
      formula: about.formula,
      window: about.window,
      missing: about.missing === '' ? 'missing where an input is' : about.missing,
    }
  })
}

const wantsOf = (name: string, takes: Operator['takes']) => {
  const wants = takes.filter((one) => one.name === name).map((one) => one.wants)
  return { name, wants: [...new Set(wants)].join(', or ') }
}

const usage = (operator: Operator): string =>
  operator.notation?.print(['a', 'b', 'c'].map((text) => ({ text, binding: ATOM }))) ?? usageOf(operator)

/** The entries as lines for people. */
export const referenceText = (entries: readonly OperatorEntry[]): string =>
  entries
    .map(({ usages, takes, formula, window, missing }) =>
      [
        usages.join('\n'),
        `  formula  ${formula}`,
        `  window   ${window}`,
        `  missing  ${missing}`,
        ...takes.filter(({ wants }) => wants !== 'a series').map((one) => `  ${one.name}: ${one.wants}`),
      ].join('\n'),
    )
    .join('\n\n')
