/** What each person took of what is guarded, week by week: what another one's week is held against. */
import { EgressAlarmed } from '../../schemas/events/egress.ts'
import { AccessReleased } from '../../schemas/events/grant.ts'
import { MICROS_PER_DAY, type Micros } from '../../schemas/kernel/time.ts'
import { on } from '../projection.ts'
import type { Followed } from '../tracking/followed.ts'

type Person = {
  /** Who is like him: whoever has the same roles. */
  group: string
  first: number
  /** Artifacts by week since 1970-01-01, each once in a week. */
  weeks: Map<number, Set<string>>
  /** When each artifact was taken last. */
  latest: Map<string, Micros>
  /** Weeks with an alarm: what was wrong then is no norm. */
  alarmed: Set<number>
}
export type Takings = Map<string, Person>

const WEEK_MICROS = 7 * MICROS_PER_DAY
/** So far back a norm is learned. */
export const NORM_WEEKS = 26

const weekOf = (at: Micros): number => Math.floor(at / WEEK_MICROS)

const HANDLERS = [
  on<Takings, typeof AccessReleased>(AccessReleased, (state, { data }) => {
    const { subject, roles, artifact, at } = data
    const week = weekOf(at)
    const person = state.get(subject) ?? {
      ...{ group: '', first: week, weeks: new Map(), latest: new Map(), alarmed: new Set() },
    }
    state.set(subject, person)
    person.group = groupOf(roles)
    person.weeks.set(week, (person.weeks.get(week) ?? new Set()).add(artifact))
    person.latest.set(artifact, at)
    for (const old of person.weeks.keys()) if (old < week - NORM_WEEKS) person.weeks.delete(old)
    for (const [old, last] of person.latest) if (last <= at - WEEK_MICROS) person.latest.delete(old)
  }),
  on<Takings, typeof EgressAlarmed>(EgressAlarmed, (state, { data }) => {
    state.get(data.subject)?.alarmed.add(weekOf(data.at))
  }),
]

export const takings: Followed<Takings> = {
  name: 'takings',
  version: 1,
  handles: HANDLERS.map(({ type }) => type),
  initial: () => new Map(),
  apply(state, event) {
    for (const { type, apply } of HANDLERS) if (type === event.type) apply(state, event)
    return state
  },
}

export const groupOf = (roles: readonly string[]): string => roles.toSorted().join(' and ')

/** Counts of whole weeks before that of a moment, oldest first; a week in which nothing was taken is 0. */
export function weeksBefore({ first, weeks, alarmed }: Person, at: Micros): readonly number[] {
  const now = weekOf(at)
  const counts: number[] = []
  for (let week = Math.max(first, now - NORM_WEEKS); week < now; week++)
    if (!alarmed.has(week)) counts.push(weeks.get(week)?.size ?? 0)
  return counts
}

/** Of a person, and of everybody else with the same roles. */
export function takenBeside(
  state: Takings,
  who: Readonly<{ subject: string; roles: readonly string[]; at: Micros }>,
) {
  const { subject, roles, at } = who
  const own = state.get(subject)
  const peers = [...state].flatMap(([name, one]) =>
    name !== subject && one.group === groupOf(roles) ? [one] : [],
  )
  return {
    own: own === undefined ? [] : weeksBefore(own, at),
    peers: peers.flatMap((one) => weeksBefore(one, at)),
    peersNow: peers.map(
      ({ latest }) => [...latest.values()].filter((last) => last > at - WEEK_MICROS).length,
    ),
  }
}
