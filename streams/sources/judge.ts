/** Judges a staged row by itself: what is missing, unreadable, or of a time that cannot be. */
import type { DatasetSpec } from '../../schemas/events/data.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { reasonCode, UNREADABLE } from './rejects.ts'
import { NONE, type Staging } from './staging.ts'

const ENTITY_MISSING = reasonCode('entity.missing')
const TIME_IN_FUTURE = reasonCode('time.in-future')
const KNOWN_IN_FUTURE = reasonCode('known.in-future')
const KNOWN_BEFORE_EVENT = reasonCode('known.before-event')
const NOT_A_NUMBER = reasonCode('value.not-a-number')
const NOT_FINITE = reasonCode('value.not-finite')

/** The code of the reason why the row at a place cannot be used; 0 where it can. */
export type Judge = (rows: Staging, at: number) => number

export function judgeBy(knownAt: DatasetSpec['knownAt'], receivedAt: Micros): Judge {
  const declared = knownAt.kind === 'declared'
  const lagMicros = knownAt.kind === 'lag' ? knownAt.lagMicros : 0
  return (rows, at) => {
    const entity = rows.entity[at]
    if (entity === NONE) return ENTITY_MISSING
    const unnamed = rows.names.faults[entity]
    if (unnamed !== 0) return unnamed
    const time = rows.times.read[rows.time[at]]
    if (time.fault !== 0) return time.fault
    if (time.at > receivedAt) return TIME_IN_FUTURE
    if (declared) {
      const known = rows.knowns.read[rows.known[at]]
      if (known.fault !== 0) return known.fault
      if (known.at < time.at) return KNOWN_BEFORE_EVENT
      if (known.at > receivedAt) return KNOWN_IN_FUTURE
    } else if (time.at + lagMicros > receivedAt) return KNOWN_IN_FUTURE
    for (const column of rows.values) {
      const value = column[at]
      if (value - value !== 0 && !Number.isNaN(value)) return value === UNREADABLE ? NOT_A_NUMBER : NOT_FINITE
    }
    return 0
  }
}
