/** Which columns of which data sets each feature of a set reads. */
import type { FeatureSetSpec } from '../../schemas/events/feature.ts'
import { formulasOf } from '../../streams/features/definition.ts'
import type { Expression } from '../../streams/features/formula/expression.ts'

export type Column = Readonly<{ dataset: string; column: string }>

/** In the order of the features; each column once. */
export function columnsRead(spec: FeatureSetSpec): readonly (readonly Column[])[] {
  const datasets = new Map(spec.joins.map(({ name, dataset }) => [name, dataset]))
  const within = (expression: Expression, dataset: string): readonly Column[] => {
    if (expression.kind === 'field') return [{ dataset, column: expression.name }]
    if (expression.kind === 'joined')
      return within(expression.of, datasets.get(expression.from) ?? expression.from)
    return expression.kind === 'call' ? expression.inputs.flatMap((input) => within(input, dataset)) : []
  }
  return formulasOf(spec).map(({ expression }) => {
    const found = within(expression, spec.dataset)
    return [...new Map(found.map((one) => [JSON.stringify(one), one])).values()]
  })
}
