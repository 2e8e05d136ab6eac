/** What stands in a person's stream: the grants that he was given, what he took under each, and what he was refused. */
import type { Draft } from '../../schemas/envelope.ts'
import type { DataOf } from '../../schemas/event.ts'
import { LiftApproved, Suspended } from '../../schemas/events/egress.ts'
import {
  AccessReleased,
  Delivered,
  EmergencyReviewed,
  GrantApproved,
  GrantRequested,
  GrantRevoked,
  Withheld,
} from '../../schemas/events/grant.ts'
import type { Jewel } from '../../schemas/jewel.ts'
import { MICROS_PER_DAY, type Micros } from '../../schemas/kernel/time.ts'
import { MOST_REFUSED } from './egress-watch.ts'

type Requested = DataOf<typeof GrantRequested>

export type Grant = Readonly<{
  asked: Requested
  approved: DataOf<typeof GrantApproved> | null
  isRevoked: boolean
  isReviewed: boolean
  artifacts: ReadonlySet<string>
  /** Bytes that are taken, or set aside for what is under way. */
  bytes: number
}>

/** What became of one attempt: the grant that it went out under, or the code of what was refused. */
export type Outcome = Readonly<{ grant: string | null; code: string | null; bytes: number }>

export type GrantState = Readonly<{
  grants: ReadonlyMap<string, Grant>
  /** The latest attempts, by id. */
  outcomes: ReadonlyMap<string, Outcome>
  /** Releases whose bytes are not told yet: what each set aside, and in which grant. */
  open: ReadonlyMap<string, Readonly<{ grant: string | null; bytes: number }>>
  /** When each artifact was taken last, for as long as an alarm looks back; and the latest attempts that were refused. */
  taken: ReadonlyMap<string, Micros>
  refused: readonly Micros[]
  /** The alarm that suspends the person, and who agreed so far that it ends. */
  suspended: Readonly<{ alarm: string; lifted: readonly string[] }> | null
  /** The latest moment that anything here was said at: no clock that is set back makes a grant count again. */
  latest: Micros
}>

export const NO_GRANTS: GrantState = {
  grants: new Map(),
  outcomes: new Map(),
  open: new Map(),
  taken: new Map(),
  refused: [],
  suspended: null,
  latest: Number.MIN_SAFE_INTEGER,
}

export const WEEK_MICROS = 7 * MICROS_PER_DAY
export const QUARTER_MICROS = 90 * MICROS_PER_DAY
export const HOUR_MICROS = MICROS_PER_DAY / 24
/** So many others have to agree that a suspension ends. */
export const LIFTERS = 2

const MOST_OUTCOMES = 256

/** A grant is over for ever once nothing can be taken under it: of so many, the oldest are forgotten. */
const MOST_GRANTS = 1_000

export function evolved(state: GrantState, event: Draft): GrantState {
  if (GrantRequested.is(event)) {
    const { data } = event
    const asked = { asked: data, approved: null, isRevoked: false, isReviewed: false }
    const grants = bounded(
      new Map(state.grants).set(data.grant, { ...asked, artifacts: new Set(), bytes: 0 }),
      MOST_GRANTS,
    )
    return { ...state, grants, latest: Math.max(state.latest, data.at) }
  }
  if (GrantApproved.is(event)) {
    const { data } = event
    return withGrant({ ...state, latest: Math.max(state.latest, data.from) }, data.grant, { approved: data })
  }
  if (GrantRevoked.is(event)) return withGrant(state, event.data.grant, { isRevoked: true })
  if (EmergencyReviewed.is(event)) return withGrant(state, event.data.grant, { isReviewed: true })
  if (AccessReleased.is(event)) return afterRelease(state, event.data)
  if (Delivered.is(event)) {
    const { release, bytes } = event.data
    const open = new Map(state.open)
    const found = open.get(release)
    if (found === undefined || !open.delete(release)) return state
    const grant = state.grants.get(found.grant ?? '')
    if (grant === undefined) return { ...state, open }
    const { asked } = grant
    return withGrant({ ...state, open }, asked.grant, { bytes: grant.bytes - found.bytes + bytes })
  }
  if (Withheld.is(event)) {
    const { release, code, at } = event.data
    const outcomes = bounded(
      new Map(state.outcomes).set(release, { grant: null, code, bytes: 0 }),
      MOST_OUTCOMES,
    )
    const refused = [...state.refused, at].slice(-MOST_REFUSED)
    return { ...state, outcomes, refused, latest: Math.max(state.latest, at) }
  }
  if (Suspended.is(event)) return { ...state, suspended: { alarm: event.data.alarm, lifted: [] } }
  if (LiftApproved.is(event)) return afterLift(state, event.data)
  return state
}

/** Two of them end it. What was taken before is not held against the person again: the alarm was looked at. */
function afterLift(state: GrantState, { alarm, by }: DataOf<typeof LiftApproved>): GrantState {
  const { suspended } = state
  if (suspended?.alarm !== alarm || suspended.lifted.includes(by)) return state
  const lifted = [...suspended.lifted, by]
  if (lifted.length < LIFTERS) return { ...state, suspended: { alarm, lifted } }
  return { ...state, suspended: null, taken: new Map(), refused: [] }
}

function afterRelease(state: GrantState, released: DataOf<typeof AccessReleased>): GrantState {
  const { release, grant: id, artifact, bytes, hash, at } = released
  const outcomes = bounded(
    new Map(state.outcomes).set(release, { grant: id, code: null, bytes }),
    MOST_OUTCOMES,
  )
  const open = hash === null ? new Map(state.open).set(release, { grant: id, bytes }) : state.open
  const taken = new Map([...state.taken].filter(([, last]) => last > at - QUARTER_MICROS)).set(artifact, at)
  const next = { ...state, outcomes, open, taken, latest: Math.max(state.latest, at) }
  const grant = id === null ? undefined : state.grants.get(id)
  if (id === null || grant === undefined) return next
  const artifacts = new Set(grant.artifacts).add(artifact)
  return withGrant(next, id, { artifacts, bytes: grant.bytes + bytes })
}

function withGrant(state: GrantState, id: string, change: Partial<Grant>): GrantState {
  const grant = state.grants.get(id)
  if (grant === undefined) return state
  return { ...state, grants: new Map(state.grants).set(id, { ...grant, ...change }) }
}

function bounded<K, V>(map: Map<K, V>, most: number): Map<K, V> {
  for (const oldest of map.keys()) {
    if (map.size <= most) break
    map.delete(oldest)
  }
  return map
}

/** Whether a grant gives anything at a moment, and names an item. */
export const isLive = ({ approved, isRevoked }: Grant, at: Micros): boolean =>
  approved !== null && !isRevoked && approved.from <= at && at < approved.expires

export const names = ({ asked }: Grant, item: Jewel): boolean => asked.items.includes(item)
