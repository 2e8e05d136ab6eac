/** Halts as acts: a member stops a model, and two members set it going again; each signs with a key of his own. */
import { halt } from '../commands/capital/halt.ts'
import { capitalStream } from '../commands/capital/processor.ts'
import type { Handled } from '../commands/handle.ts'
import { haltContext } from '../projections/capital/standing.ts'
import {
  HALT_TYPE,
  type Halting,
  haltBody,
  UNHALT_TYPE,
  type Unhalting,
  unhaltBody,
  unhaltedBy,
} from '../schemas/halt.ts'
import { type Act, by } from './act.ts'
import { expiryFrom } from './expiry.ts'
import type { Platform } from './platform.ts'
import { assertValidFor, type Statement, signedWith } from './statements.ts'

export type Said = Readonly<{ model: string; member: string; reason: string }>
type WithKey = Readonly<{ privateKey: string }>

/** As it is now: what has expired by the clock, or by the latest act of the log, has expired. */
const contextOf = ({ folds, moment }: Platform, model: string) => {
  const context = haltContext(folds.capital.state(), model)
  return { ...context, at: Math.max(moment.nowMicros(), context.at) }
}

/** How many of those whose word counts have signed that a halt ends. */
export const signedSoFar = (platform: Platform, model: string): readonly string[] =>
  unhaltedBy(contextOf(platform, model))

export function haltStatement(platform: Platform, said: Said): Statement<Omit<Halting, 'signature'>> {
  const { log, ended, at } = contextOf(platform, said.model)
  const stated = { ...said, ended, expires: expiryFrom(at) }
  return { type: HALT_TYPE, body: haltBody({ ...stated, log: log ?? '' }), said: stated }
}

export function unhaltStatement(platform: Platform, said: Said): Statement<Omit<Unhalting, 'signature'>> {
  const { log, standing, halt: its, at } = contextOf(platform, said.model)
  const of = { artifact: standing?.artifact ?? '', halt: its?.position ?? 0 }
  const stated = { ...said, ...of, expires: expiryFrom(at) }
  return { type: UNHALT_TYPE, body: unhaltBody({ ...stated, log: log ?? '' }), said: stated }
}

export const haltModel = (platform: Platform, { privateKey, ...said }: Said & WithKey, act: Act) =>
  haltSigned(platform, signedWith(haltStatement(platform, said), privateKey), act)

export const unhaltModel = (platform: Platform, { privateKey, ...said }: Said & WithKey, act: Act) =>
  unhaltSigned(platform, signedWith(unhaltStatement(platform, said), privateKey), act)

/** Stops a model, as a member signed. */
export function haltSigned(platform: Platform, halting: Halting, act: Act): Promise<Handled> {
  const { model } = halting
  return by(halt)(platform, {
    stream: capitalStream(model),
    command: () => {
      const context = contextOf(platform, model)
      assertValidFor(halting, context.at)
      return { kind: 'halt', halting, ...context }
    },
    done: () => contextOf(platform, model).halt !== undefined,
    ...act,
  })
}

/** Records what a member signed towards the end of a halt: it ends with the second one. */
export function unhaltSigned(platform: Platform, unhalting: Unhalting, act: Act): Promise<Handled> {
  const { model, member, halt: of } = unhalting
  return by(halt)(platform, {
    stream: capitalStream(model),
    command: () => {
      const context = contextOf(platform, model)
      assertValidFor(unhalting, context.at)
      return { kind: 'unhalt', unhalting, ...context }
    },
    done: () =>
      contextOf(platform, model).halt?.position !== of || signedSoFar(platform, model).includes(member),
    ...act,
  })
}
