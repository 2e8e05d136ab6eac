/** A command as data: its name, what it takes, who may give it, and how it acts. The command line and HTTP are thin over it. */
import type { z } from 'zod'
import type { Position } from '../../schemas/envelope.ts'
import type { Permission } from '../../schemas/permission.ts'
import type { Role } from '../../schemas/role.ts'
import type { Act } from '../act.ts'
import type { Platform } from '../platform.ts'
import type { Statement } from '../statements.ts'

export type Done<A> = Readonly<{
  /** Of the last event that it wrote, or of the one that made it so before. */
  position: Position
  /** False where nothing was written: what was asked for is already so. */
  changed: boolean
  answer: A
}>

/** An act, and who hears how far it is, and when all of it has begun. `given`: the caller's own id, where there is one. */
export type Acting = Act &
  Readonly<{
    /** What whoever asks may be taken for. */
    roles: readonly Role[]
    given?: string | undefined
    progress?: (done: number, of: number) => void
    allBegun?: () => void
  }>

/** What is left to be signed; `already`, where nothing is, because what is asked for is so. */
export type Prepared =
  | Readonly<{ statement: Statement<object>; already: null }>
  | Readonly<{ statement: null; already: Position }>

type Preparing<Q> = Readonly<{
  /** The payload type of what is signed: whoever signs takes no other. */
  type: string
  input: z.ZodType<Q>
  of: (platform: Platform, input: Q) => Promise<Prepared>
}>

export type CommandDefinition<I, A, Q = never> = Readonly<{
  /** `noun.verb`, as it stands in its address. */
  name: string
  /** One sentence for the OpenAPI document. */
  about: string
  input: z.ZodType<I>
  permission: Permission
  /** Whether it takes long: HTTP answers 202 with its position, and `/api/v1/work` tells how far it is. */
  isLong: boolean
  act: (platform: Platform, input: I, acting: Acting) => Promise<Done<A>>
  /** For a command that a person signs: how what is signed is made. Null for any other. */
  prepare: Preparing<Q> | null
}>

/** A command of the table, whatever it takes and answers. */
export type AnyCommand = CommandDefinition<unknown, unknown, unknown>

type Shape<I, A, Q> = Omit<CommandDefinition<I, A, Q>, 'isLong' | 'prepare'> &
  Partial<Pick<CommandDefinition<I, A, Q>, 'isLong' | 'prepare'>>

export const defineCommand = <I, A, Q = never>(shape: Shape<I, A, Q>): CommandDefinition<I, A, Q> =>
  Object.freeze({ isLong: false, prepare: null, ...shape })
