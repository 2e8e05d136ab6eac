/** `capital.halt` and `capital.unhalt`: one member stops a model at once, two set it going again. */
import { z } from 'zod'
import type { Position } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import { Halted, UnhaltSigned } from '../../schemas/events/halt.ts'
import {
  HALT_TYPE,
  type Halting,
  UNHALT_SIGNATURES,
  UNHALT_TYPE,
  type Unhalting,
} from '../../schemas/halt.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { name } from '../../schemas/kernel/name.ts'
import { haltSigned, haltStatement, type Said, signedSoFar, unhaltSigned, unhaltStatement } from '../halts.ts'
import type { Platform } from '../platform.ts'
import { defineCommand } from './definition.ts'
import { eventAt } from './recorded.ts'

const said = z.strictObject({
  model: name,
  member: name,
  reason: z.string().regex(/\S/, 'is empty: say why'),
})

/** Who stopped it, and what it may use now, which is nothing. */
type Stopped = Readonly<{ model: string; member: string; reason: string; halt: Position; capital: number }>

export const capitalHalt = defineCommand<Halting, Stopped, Said>({
  name: 'capital.halt',
  about: 'Stop a model at once: it may use no capital until two members end the halt. One member signs.',
  input: Halted.data,
  permission: 'capital.review',
  async act(platform, halting, act) {
    const { changed, ...handled } = await haltSigned(platform, halting, act)
    const standing = stoppedIn(platform, halting.model)
    if (standing === null) throw refuse('capital.not-halted', { model: halting.model })
    return { position: changed ? handled.position : standing.halt, changed, answer: standing }
  },
  prepare: {
    type: HALT_TYPE,
    input: said,
    async of(platform, asked) {
      const { halt = null } = stoppedIn(platform, asked.model) ?? {}
      return halt === null
        ? { statement: haltStatement(platform, asked), already: null }
        : { statement: null, already: halt }
    },
  },
})

function stoppedIn({ folds }: Platform, model: string): Stopped | null {
  const { halts, models } = folds.capital.state()
  if (!Object.hasOwn(halts, model)) return null
  const { position: halt, member, reason } = halts[model]
  return { model, member, reason, halt, capital: models[model].fraction }
}

type Ending = Readonly<{
  model: string
  /** Whose signatures count, in log order, and how many it takes; all of them where it has ended. */
  signed: readonly string[]
  required: number
  ended: boolean
  /** What it may use now. */
  capital: number
}>

export const capitalUnhalt = defineCommand<Unhalting, Ending, Said>({
  name: 'capital.unhalt',
  about: 'Sign that a halted model may trade again: two different members do, none of them its author.',
  input: UnhaltSigned.data,
  permission: 'capital.review',
  async act(platform, unhalting, act) {
    const ended = await endedBy(platform, unhalting)
    if (ended !== null)
      return { position: ended, changed: false, answer: endingOf(platform, unhalting.model) }
    const { position, changed } = await unhaltSigned(platform, unhalting, act)
    return { position, changed, answer: endingOf(platform, unhalting.model) }
  },
  prepare: {
    type: UNHALT_TYPE,
    input: said,
    async of(platform, asked) {
      const already = endedByMember(platform, asked) ?? (await endedBy(platform, asked))
      return already === null
        ? { statement: unhaltStatement(platform, asked), already }
        : { statement: null, already }
    },
  },
})

function endingOf(platform: Platform, model: string): Ending {
  const { halts, models } = platform.folds.capital.state()
  const ended = !Object.hasOwn(halts, model)
  const signed = signedSoFar(platform, model)
  return { model, signed, required: UNHALT_SIGNATURES, ended, capital: models[model]?.fraction ?? 0 }
}

/** The halt that stands, where this member has signed its end already: the same word counts once. */
function endedByMember(platform: Platform, { model, member }: Said): Position | null {
  const { halts } = platform.folds.capital.state()
  return signedSoFar(platform, model).includes(member) ? halts[model].position : null
}

/** Where the latest halt ended, if this member's was the signature that ended it; null where one holds, or another's was. */
async function endedBy({ folds, log }: Platform, { model, member, reason }: Said): Promise<Position | null> {
  const { halts, ended } = folds.capital.state()
  if (Object.hasOwn(halts, model) || !Object.hasOwn(ended, model)) return null
  const event = await eventAt(log, ended[model])
  if (event === null || !isEvent(UnhaltSigned, event)) return null
  return event.data.member === member && event.data.reason === reason ? event.position : null
}
