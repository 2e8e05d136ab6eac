/** A set's formulas as one program: each sub-expression is computed once, after what it is made from. */
import { assert } from '../../schemas/kernel/assert.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { CONSTANT } from './along.ts'
import { type Expression, partsOf } from './formula/expression.ts'
import { joinOf } from './join.ts'
import type { Node, Shape } from './shape.ts'

/** A data set whose values stand in formulas beside those of the set's own. */
export type JoinSpec = Readonly<{
  /** What formulas call it. */
  name: string
  dataset: string
  /** Whose rows are read at every row; empty for those of the row's entity. */
  entity: string
  stalenessMicros: Micros
}>

/** A column that is read: of the set's own data set (0), or of one that is joined (from 1). */
export type ReadColumn = Readonly<{ source: number; name: string }>

/** Slots hold first the columns, then the nodes. */
export type Program = Readonly<{
  /** The columns of the set's own data set. */
  columns: readonly string[]
  /** Those of all data sets, in the order of their slots. */
  reads: readonly ReadColumn[]
  /** How many data sets are read. */
  sources: number
  nodes: readonly Node[]
  slots: number
  /** The slot of each formula's value. */
  outputs: readonly number[]
  /** Whether any value depends on other entities. */
  crosses: boolean
  /** The rows before its own, in one entity's history, that a value can depend on. */
  lookbackRows: number
  /** The same for windows of time, and how many of them lie one in another. */
  lookbackMicros: Micros
  spansWithin: number
  /** The most cross-sections, one in another, that lie within a window. */
  crossesWithin: number
}>

/** Compiles formulas that were parsed over the same data sets. */
export function compileProgram(formulas: readonly Expression[], joins: readonly JoinSpec[] = []): Program {
  const sourceOf = (name: string): number => joins.findIndex((join) => join.name === name) + 1
  const reads = readColumns(formulas, sourceOf)
  const slots = new Map<string, number>(reads.map(({ source, name }, slot) => [`${source} ${name}`, slot]))
  const nodes: Node[] = []
  const known = new Map<Expression, number>()
  const shapes = new Map<Shape, number>()

  /** What has the same shape over the same slots is the same value, however it was written. */
  const place = (made: Omit<Node, 'slot' | 'back'>, kind: string): number => {
    const key = [made.source, kind, made.inputs, made.numbers].join(' ')
    const slot = slots.get(key) ?? reads.length + nodes.length
    if (!slots.has(key)) nodes.push({ ...made, slot, back: made.shape.lookback(made.numbers) })
    slots.set(key, slot)
    return slot
  }

  const slotOf = (expression: Expression, source: number): number => {
    const slot = known.get(expression) ?? made(expression, source)
    // An expression stands over the rows of one data set.
    known.set(expression, slot)
    return slot
  }

  const made = (expression: Expression, source: number): number => {
    if (expression.kind === 'number') {
      const numbers = [expression.value]
      return place({ shape: CONSTANT, inputs: [], numbers, source }, 'number')
    }
    if (expression.kind === 'joined') {
      const joined = sourceOf(expression.from)
      const shape = joinOf({ ...joins[joined - 1], source: joined })
      return place(
        { shape, inputs: [slotOf(expression.of, joined)], numbers: [], source: 0 },
        `join ${joined}`,
      )
    }
    if (expression.kind === 'field') return slots.get(`${source} ${expression.name}`) ?? 0
    assert(expression.kind === 'call', 'a length of time is an argument of its operator')
    const { operator, inputs, numbers } = expression
    const { shape } = operator
    if (!shapes.has(shape)) shapes.set(shape, shapes.size)
    const of = { shape, inputs: inputs.map((input) => slotOf(input, source)), numbers, source }
    return place(of, `shape ${shapes.get(shape)}`)
  }

  const outputs = formulas.map((formula) => slotOf(formula, 0))
  return {
    columns: reads.filter(({ source }) => source === 0).map(({ name }) => name),
    reads,
    sources: joins.length + 1,
    nodes,
    slots: reads.length + nodes.length,
    outputs,
    crosses: nodes.some(({ shape }) => shape.crosses),
    ...depths(nodes, reads.length),
  }
}

function readColumns(
  formulas: readonly Expression[],
  sourceOf: (name: string) => number,
): readonly ReadColumn[] {
  const names = new Map<number, Set<string>>()
  const seen = new Set<Expression>()
  const visit = (expression: Expression, source: number): void => {
    if (seen.has(expression)) return
    seen.add(expression)
    if (expression.kind === 'field') names.set(source, (names.get(source) ?? new Set()).add(expression.name))
    const within = expression.kind === 'joined' ? sourceOf(expression.from) : source
    for (const part of partsOf(expression)) visit(part, within)
  }
  for (const formula of formulas) visit(formula, 0)
  return [...names]
    .sort(([a], [b]) => a - b)
    .flatMap(([source, of]) => [...of].sort().map((name) => ({ source, name })))
}

type Depths = Pick<Program, 'lookbackRows' | 'lookbackMicros' | 'spansWithin' | 'crossesWithin'>

/** How far back values reach: the most that lies one in another, found from the columns upwards. */
function depths(nodes: readonly Node[], columns: number): Depths {
  const rows = new Array<number>(columns).fill(0)
  const micros = rows.slice()
  const spans = rows.slice()
  const most = (of: readonly number[], node: Node): number =>
    node.inputs.reduce((max, input) => Math.max(max, of[input]), 0)
  for (const node of nodes) {
    const span = node.shape.span(node.numbers)
    rows.push(node.back + most(rows, node))
    micros.push(span + most(micros, node))
    spans.push((span > 0 ? 1 : 0) + most(spans, node))
  }
  const max = (of: readonly number[]): number => of.reduce((a, b) => Math.max(a, b), 0)
  return {
    lookbackRows: max(rows),
    lookbackMicros: max(micros),
    spansWithin: max(spans),
    crossesWithin: crossesWithin(nodes, columns),
  }
}

/** Found from the values downwards: whether a node's value is read within a window, by anything. */
function crossesWithin(nodes: readonly Node[], columns: number): number {
  /** The most cross-sections in windows from a node's inside outwards; -1 where it is in no window. */
  const outside = new Array<number>(columns + nodes.length).fill(0)
  const inWindow = new Array<boolean>(columns + nodes.length).fill(false)
  let most = 0
  for (const { slot, shape, inputs, numbers, back } of nodes.toReversed()) {
    const own = outside[slot] + (shape.crosses && inWindow[slot] ? 1 : 0)
    most = Math.max(most, own)
    const within = inWindow[slot] || back > 0 || shape.span(numbers) > 0
    for (const input of inputs) {
      outside[input] = Math.max(outside[input], own)
      inWindow[input] ||= within
    }
  }
  return most
}
