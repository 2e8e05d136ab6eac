/**
 * Which alarms of a rule are open. One at a time of a check and a thing: it begins with the first look that is not usual, and is over
 * after so many usual ones in a row. Nothing is said of it in between.
 */
import type { Draft, Position } from '../../schemas/envelope.ts'
import type { Times } from '../../schemas/event.ts'
import {
  AlarmRaised,
  AlarmResolved,
  type AlertRuleSpec,
  type Check,
  type Finding,
} from '../../schemas/events/monitor.ts'
import { MOST_FINDINGS } from './unusual.ts'

/** `cause`: the event that it was raised at; `quiet`: usual looks since the last one that was not. */
export type Open = { check: Check; thing: string; cause: Position; quiet: number }
/** By check and thing. */
export type Book = Map<string, Open>

export const keyOf = (check: Check, thing: string): string => `${check} ${thing}`

export type Looked = Readonly<{
  check: Check
  thing: string
  position: Position
  findings: readonly Finding[]
  level: number | null
  restsOn: readonly Position[]
}>

/** What follows from a look: an alarm, its end, or nothing. */
export function entered(book: Book, spec: AlertRuleSpec, looked: Looked, times: Times): Draft | null {
  const { check, thing, position: cause, findings, level, restsOn } = looked
  const open = book.get(keyOf(check, thing))
  if (findings.length === 0) {
    if (open === undefined || ++open.quiet < spec.resolveAfter) return null
    return closed(book, spec, open, { why: 'usual again', times })
  }
  if (open !== undefined) {
    open.quiet = 0
    return null
  }
  book.set(keyOf(check, thing), { check, thing, cause, quiet: 0 })
  const { rule, version: ruleVersion, severity, owner, remedy } = spec
  const told = { rule, check, thing, cause, ruleVersion, severity, owner, remedy, level }
  const found = { found: findings.length, findings: findings.slice(0, MOST_FINDINGS) }
  return AlarmRaised.draft({ ...told, ...found, restsOn: [...restsOn] }, times)
}

type Why = 'usual again' | 'accepted' | 'rule retired' | 'no longer watched'

export function closed(
  book: Book,
  { rule }: AlertRuleSpec,
  { check, thing, cause }: Open,
  { why, times }: Readonly<{ why: Why; times: Times }>,
): Draft {
  book.delete(keyOf(check, thing))
  return AlarmResolved.draft({ rule, check, thing, cause, why }, times)
}
