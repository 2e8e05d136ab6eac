/** What a node of the program is to the engine: where its input reaches, what it needs, and how it is computed. */
import type { Micros } from '../../schemas/kernel/time.ts'
import type { Panel } from './panel.ts'
import type { Series } from './series.ts'
import type { Spans } from './spans.ts'

/** One computed value per row: a shape, the slots of its inputs, and the numbers that were written out. */
export type Node = Readonly<{
  slot: number
  shape: Shape
  inputs: readonly number[]
  numbers: readonly number[]
  /** How many rows before its own a value reads. */
  back: number
  /** Whose rows it has a value at: 0 for the set's own data set, then those that are joined, from 1. */
  source: number
}>

export type Shape = Readonly<{
  /** Whether a value depends on other entities' rows at the same event time. */
  crosses: boolean
  /** How many rows before its own a value reads. */
  lookback: (numbers: readonly number[]) => number
  /** How long before its own row a value reads, where that is counted in time and not in rows. */
  span: (numbers: readonly number[]) => Micros
  /** What it makes of numbers alone; null where it needs rows. */
  constant: ((values: readonly number[]) => number) | null
  /** The rows whose values hold one of the changed rows of an input. */
  spread: (changed: Spans, node: Node, panel: Panel) => Spans
  /** The rows whose windows hold an inserted row, or were shifted by it. */
  shifted: (inserted: Spans, node: Node) => Spans
  /** Asks for the input that the wanted rows need. Consumers are asked before those that they consume. */
  need: (node: Node, work: Work) => void
  /** Computes what `need` found to be missing. */
  compute: (node: Node, work: Work) => void
  /** The same for one history by itself; null where a value depends on others. */
  alone: Alone | null
}>

/** Which rows of which slot are wanted, and which of them must be computed. */
export interface Work {
  readonly panel: Panel
  want(series: Series, slot: number, range: Range): void
  /** The wanted rows that do not hold yet; null for none. */
  missing(series: Series, slot: number): Range | null
  /** Sets what is to be computed. */
  plan(series: Series, slot: number, range: Range): void
  planned(series: Series, slot: number): Range | null
}

/** Rows `from` to `to`, exclusive. */
export type Range = Readonly<{ from: number; to: number }>

/** Which rows of which slot of one history are wanted, and which of them must be computed: `from` to `to` by slot, empty where equal. */
export type Wants = Readonly<{ from: Int32Array; to: Int32Array; planFrom: Int32Array; planTo: Int32Array }>

/** Fills the rows `from` to `to` of a node; they lie in one run of rows, which begins at `runFrom`. */
export type FillRows = (node: Node, series: Series, from: number, to: number, runFrom: number) => void

export type Alone = Readonly<{
  fill: FillRows
  need: (node: Node, series: Series, wants: Wants) => void
  compute: (node: Node, series: Series, wants: Wants) => void
}>
