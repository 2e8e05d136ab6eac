/** What the command line needs of wherever its commands go. */
import type { DatasetSpec } from '../../schemas/events/data.ts'
import type { Arrived, ArrivedBefore } from '../commands/data.ts'
import type { CommandDefinition, Done, Prepared } from '../commands/definition.ts'

export type Site = Readonly<{
  perform: <I, A, Q>(command: CommandDefinition<I, A, Q>, input: I) => Promise<Done<A>>
  /** What is to be signed for a command. */
  prepare: <I, A, Q>(command: CommandDefinition<I, A, Q>, question: Q) => Promise<Prepared>
  ingest: (path: string, spec: DatasetSpec) => Promise<Done<Arrived | ArrivedBefore>>
}>

export type Heard = Readonly<{ progress?: (done: number, of: number) => void }>
