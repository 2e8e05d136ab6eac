/** What the reader of Arrow files and its worker say to each other. */
import type { DatasetSpec } from '../../schemas/events/data.ts'
import type { Digest } from '../../schemas/kernel/canonical.ts'
import type { Fault } from '../../schemas/kernel/fault.ts'
import type { Coded, NameCell } from './arrow-columns.ts'
import type { Stored, Wanted } from './staged.ts'

export type ArrowTask = Readonly<{
  path: string
  file: string
  /** Null where the first rows alone are asked for. */
  spec: DatasetSpec | null
  /** Rows whose text is asked for, or as many of the first ones; null for the rows themselves. */
  wanted: readonly Wanted[] | number | null
  unpackedBytes: number
}>

export type ArrowBatch = Readonly<{
  kind: 'batch'
  rows: number
  time: Coded<string>
  known: Coded<string> | null
  entity: Coded<NameCell> | null
  values: readonly Float64Array[]
}>

export type ArrowSaid =
  | Readonly<{ kind: 'opened'; time: Stored; known: Stored; entities: readonly string[] }>
  | ArrowBatch
  | Readonly<{
      kind: 'sample'
      names: readonly string[]
      rows: readonly (readonly string[])[]
      timeColumns: readonly string[]
    }>
  | Readonly<{ kind: 'texts'; texts: readonly string[] }>
  | Readonly<{ kind: 'end'; sourceHash: Digest }>
  | Readonly<{ kind: 'refused'; fault: Fault }>
  | Readonly<{ kind: 'failed'; why: string }>
  /** The last of every task, whatever came before. */
  | Readonly<{ kind: 'done' }>
