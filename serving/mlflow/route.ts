/** A route of MLflow's as data: what it takes, who may use it, and what it answers. HTTP is thin over it. */
import type { z } from 'zod'
import type { Hands } from '../../schemas/jewel.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Permission } from '../../schemas/permission.ts'
import type { Subject } from '../../schemas/role.ts'
import type { Caller, Egress } from '../access/egress.ts'
import type { Works } from '../commands/works.ts'
import type { Platform } from '../platform.ts'
import type { ArtifactStore } from './artifact-store.ts'
import type { Desk } from './desk.ts'
import type { Lost } from './lost.ts'

/** What routes are served with. */
export type Office = Readonly<{
  platform: Pick<Platform, 'folds' | 'chunks' | 'log'>
  desk: Desk
  works: Works
  artifacts: ArtifactStore
  egress: Egress
  lost: Lost
}>

export type Asking = Readonly<{
  subject: Subject
  /** As whom, and at which door, what is guarded is taken. */
  caller: Caller
  /** Names the request: what is sent again under the caller's own key is done once. */
  commandId: string
  /** The id of what is made anew, where the caller's key says which it is; null where any will do. */
  idOfNew: string | null
  /** Calls back if the connection ends before it took the answer. */
  whenLost: (act: () => void) => void
}>

export type Route = Readonly<{
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** As fastify writes it, from the root on. */
  path: string
  permission: Permission
  about: string
  hands?: Hands
  input: z.ZodType
  /** @param sent body, query and path together, unchecked */
  answer: (office: Office, sent: unknown, asking: Asking) => Promise<object>
}>

type Shape<I> = Omit<Route, 'input' | 'answer'> &
  Readonly<{
    input: z.ZodType<I>
    answer: (office: Office, input: I, asking: Asking) => Promise<object>
  }>

export const defineRoute = <I>({ input, answer, ...shape }: Shape<I>): Route => ({
  ...shape,
  input,
  answer: (office, sent, asking) => answer(office, inputOf(shape.path, input, sent), asking),
})

const MOST_PROBLEMS = 10

/** @throws Refusal `tracking.malformed`, naming every field that is wrong */
function inputOf<I>(route: string, schema: z.ZodType<I>, sent: unknown): I {
  const parsed = schema.safeParse(sent)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues
    .slice(0, MOST_PROBLEMS)
    .map(({ path, message }) => `${path.join('.') || 'the body'}: ${message}`)
  throw refuse('tracking.malformed', { route, problems: problems.join('; ') })
}
