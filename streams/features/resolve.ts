/** Reads the formulas of a draft: its definitions and features by name, each other data set by what the draft calls it. */
import { refuse } from '../../schemas/kernel/fault.ts'
import type { FeatureSetDraft } from './draft.ts'
import { type ColumnUnits, checkUnits } from './formula/check.ts'
import { type Expression, partsOf, type UnitOf } from './formula/expression.ts'
import { parseLocated } from './formula/parser.ts'
import { PLAIN_UNIT, unitOf, unitText } from './formula/units.ts'
import { type Words, wordsOf } from './formula/words.ts'

/** A column, with its unit where that is to be checked. */
export type DataColumn = Readonly<{
  name: string
  unit: string
  /** Whether its values are names of groups: sectors, countries. */
  isGroup?: boolean
}>
export type DataColumns = readonly (string | DataColumn)[]

/** More than any formula that a person wrote has, with its definitions written out. */
const MAX_PARTS = 5_000

/** A formula that was read, and the unit of its value: empty for a plain number, and where it is not known. */
export type Resolved = Readonly<{ expression: Expression; unit: string }>

type Named = Readonly<{ name: string; formula: string; what: string }>

/**
 * The formulas of the features, in their order.
 * @throws Refusal `formula.*`, `feature.*`, `data.unknown-dataset`
 */
export function resolvedFormulas(
  draft: FeatureSetDraft,
  columns: DataColumns | undefined,
  others: ReadonlyMap<string, DataColumns> | undefined,
): readonly Resolved[] {
  const joined = joinedColumns(draft, others)
  const units = unitsOf(columns, joined)
  const seen = new Map<Expression, UnitOf>()
  const ownUnits = new Set(
    [...units.own.values()].flatMap((unit) => (unit instanceof Map ? [...unit.keys()] : [])),
  )
  const done = new Map<string, Expression>()
  const begun: string[] = []
  const own = columns === undefined ? null : namesOf(columns)
  const named = namedIn(draft, own)

  const words: Words = wordsOf(own ?? undefined, {
    groups: groupsOf(columns),
    own: draft.dataset,
    joins: new Map(
      [...joined].map(([name, of]) => [name, wordsOf(of && namesOf(of), { groups: groupsOf(of) })]),
    ),
    defined: (name) => {
      const one = named.get(name)
      return one === undefined ? null : expressionOf(one)
    },
    names: [...named.values()].flatMap(({ name, what }) => (what === 'definition' ? [name] : [])),
  })

  const expressionOf = (one: Named): Expression => {
    const known = done.get(one.name)
    if (known !== undefined) return known
    if (begun.includes(one.name))
      throw refuse('feature.circular', { name: one.name, way: [...begun, one.name].join(' -> ') })
    begun.push(one.name)
    const expression = read(one)
    begun.pop()
    done.set(one.name, expression)
    return expression
  }

  const read = ({ name, formula }: Pick<Named, 'name' | 'formula'>): Expression => {
    const located = parseLocated(formula, words)
    refuseLong(name, located.expression)
    checkUnits(located, { text: formula, columns: units, seen })
    return located.expression
  }

  for (const one of named.values()) if (one.what === 'definition') expressionOf(one)
  return draft.features.map((feature) => {
    const one = named.get(feature.name)
    const expression = one?.what === 'feature' ? expressionOf(one) : read(feature)
    return { expression, unit: checkedUnit(feature, seen.get(expression) ?? null, ownUnits) }
  })
}

/** Definitions, and features: those that are columns too stand for the column. */
function namedIn(draft: FeatureSetDraft, columns: readonly string[] | null): ReadonlyMap<string, Named> {
  const named = new Map<string, Named>()
  const joins = new Set(draft.joins?.map(({ name }) => name))
  for (const { name, formula } of draft.define ?? []) {
    const taken = columns?.includes(name)
      ? `a column of ${draft.dataset} too`
      : named.has(name)
        ? 'defined twice'
        : joins.has(name)
          ? 'a joined data set too'
          : null
    if (taken !== null) throw refuse('feature.name-taken', { name, taken, what: 'the definition' })
    named.set(name, { name, formula, what: 'definition' })
  }
  for (const { name, formula } of draft.features) {
    if (named.has(name))
      throw refuse('feature.name-taken', { name, taken: 'a definition too', what: 'the feature' })
    if (columns !== null && !columns.includes(name)) named.set(name, { name, formula, what: 'feature' })
  }
  return named
}

function joinedColumns(
  { joins = [], dataset }: FeatureSetDraft,
  others: ReadonlyMap<string, DataColumns> | undefined,
): ReadonlyMap<string, DataColumns | undefined> {
  const joined = new Map<string, DataColumns | undefined>()
  for (const join of joins) {
    const columns = others?.get(join.dataset)
    if (others !== undefined && columns === undefined)
      throw refuse('data.unknown-dataset', { dataset: join.dataset })
    const taken = joined.has(join.name)
      ? 'joined twice'
      : join.name === dataset
        ? "the set's own data set"
        : null
    if (taken !== null)
      throw refuse('feature.name-taken', { name: join.name, taken, what: 'the joined data set' })
    joined.set(join.name, columns)
  }
  return joined
}

const namesOf = (columns: DataColumns): readonly string[] =>
  columns.map((column) => (typeof column === 'string' ? column : column.name))

const groupsOf = (columns: DataColumns = []): ReadonlySet<string> =>
  new Set(columns.flatMap((column) => (typeof column !== 'string' && column.isGroup ? [column.name] : [])))

function unitsOf(
  columns: DataColumns = [],
  joined: ReadonlyMap<string, DataColumns | undefined>,
): ColumnUnits {
  const units = (of: DataColumns): ReadonlyMap<string, UnitOf> =>
    new Map(
      of.flatMap((column): [string, UnitOf][] =>
        typeof column === 'string' ? [] : [[column.name, column.isGroup ? 'group' : unitOf(column.unit)]],
      ),
    )
  return { own: units(columns), joined: new Map([...joined].map(([name, of]) => [name, units(of ?? [])])) }
}

/** Refused only where both are known: people have many words for plain numbers, and only the data set's own units are none of them. */
function checkedUnit(
  { name, unit }: FeatureSetDraft['features'][number],
  found: UnitOf,
  ownUnits: ReadonlySet<string>,
): string {
  if (unit === null) return found instanceof Map && found !== PLAIN_UNIT ? unitText(found) : ''
  const said = unitOf(unit)
  if (unit === '' || !(found instanceof Map) || !(said instanceof Map) || unitText(said) === unitText(found))
    return unit
  const isOwn = [...said.keys()].every((one) => ownUnits.has(one))
  if (found === PLAIN_UNIT && !isOwn) return unit
  throw refuse('feature.unit-differs', { feature: name, said: unit, found: unitText(found) })
}

/** Counts what a formula has with its definitions written out, each as often as it stands there. */
function refuseLong(name: string, expression: Expression): void {
  const counted = new Map<Expression, number>()
  const count = (part: Expression): number => {
    const known = counted.get(part)
    if (known !== undefined) return known
    const parts = partsOf(part).reduce((sum, one) => sum + count(one), 1)
    counted.set(part, parts)
    return parts
  }
  const parts = count(expression)
  if (parts > MAX_PARTS) throw refuse('feature.too-long', { name, parts, limit: MAX_PARTS })
}
