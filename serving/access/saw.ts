/** What somebody took of what is guarded, and what he was refused: read from his own stream, in which all of it stands. */
import { type EventDefinition, isEvent } from '../../schemas/event.ts'
import { EgressAlarmed, LiftApproved, Suspended } from '../../schemas/events/egress.ts'
import {
  AccessReleased,
  Delivered,
  GrantApproved,
  GrantRequested,
  GrantRevoked,
  grantStream,
  Withheld,
} from '../../schemas/events/grant.ts'
import { formatMoment } from '../../schemas/kernel/time.ts'
import type { LogReader } from '../../streams/log/port.ts'

export type Sight = Readonly<{
  position: number
  at: string
  item: string
  artifact: string
  hash: string | null
  /** Null for what was made while it was read, and did not end. */
  bytes: number | null
  door: string
  grant: string | null
  justification: string
  ticket: string
}>

export type Saw = Readonly<{
  subject: string
  /** Up to where the log was read. */
  position: number
  taken: readonly Sight[]
  /** Artifacts, each once. */
  artifacts: number
  refused: number
  alarms: readonly Readonly<{ position: number; at: string; rung: string; item: string }>[]
}>

/** Leaves nothing out that went through a door: each stood here before its first byte went out. */
export async function sawOf(log: Pick<LogReader, 'readStream' | 'head'>, subject: string): Promise<Saw> {
  const { position } = await log.head()
  const taken = new Map<string, Sight>()
  const alarms: Saw['alarms'][number][] = []
  let refused = 0
  for await (const batch of log.readStream(grantStream(subject), 1))
    for (const event of batch) {
      if (event.position > position) continue
      if (isEvent(AccessReleased, event)) {
        const { release, at, item, artifact, hash, bytes, door, grant, justification, ticket } = event.data
        taken.set(release, {
          ...{ position: event.position, at: formatMoment(at), item, artifact, hash, door },
          ...{ bytes: hash === null ? null : bytes, grant, justification, ticket },
        })
      }
      if (isEvent(Delivered, event)) {
        const sight = taken.get(event.data.release)
        if (sight !== undefined) taken.set(event.data.release, { ...sight, bytes: event.data.bytes })
      }
      if (isEvent(Withheld, event)) refused++
      if (isEvent(EgressAlarmed, event)) {
        const { at, rung, item } = event.data
        alarms.push({ position: event.position, at: formatMoment(at), rung, item })
      }
    }
  const sights = [...taken.values()]
  const artifacts = new Set(sights.map(({ artifact }) => artifact)).size
  return { subject, position, taken: sights, artifacts, refused, alarms }
}

export type GrantLine = Readonly<{
  subject: string
  grant: string
  items: readonly string[]
  outside: readonly string[]
  ticket: string
  justification: string
  expires: string
  status: 'asked for' | 'live' | 'over' | 'revoked'
  by: string
}>

const TYPES: readonly EventDefinition[] = [
  GrantRequested,
  GrantApproved,
  GrantRevoked,
  Suspended,
  LiftApproved,
]

/** Every grant that was asked for, and who is suspended. @param now the wall clock's moment */
export async function grantsIn(log: Pick<LogReader, 'readAll'>, now: number) {
  const lines = new Map<string, GrantLine>()
  const suspended = new Map<string, string[]>()
  const change = (key: string, part: Partial<GrantLine>): void => {
    const line = lines.get(key)
    if (line !== undefined) lines.set(key, { ...line, ...part })
  }
  for await (const batch of log.readAll(1, { types: TYPES.map(({ type }) => type) }))
    for (const event of batch) {
      if (isEvent(GrantRequested, event)) {
        const { subject, grant, items, outside, ticket, justification } = event.data
        const asked = { subject, grant, items, outside, ticket, justification }
        lines.set(`${subject}/${grant}`, { ...asked, expires: '', status: 'asked for', by: '' })
      }
      if (isEvent(GrantApproved, event)) {
        const { subject, grant, expires, by } = event.data
        const status = expires <= now ? 'over' : 'live'
        const who = by === 'person' ? event.actor : by
        change(`${subject}/${grant}`, { expires: formatMoment(expires), status, by: who })
      }
      if (isEvent(GrantRevoked, event))
        change(`${event.data.subject}/${event.data.grant}`, { status: 'revoked' })
      if (isEvent(Suspended, event)) suspended.set(event.data.subject, [])
      if (isEvent(LiftApproved, event)) suspended.get(event.data.subject)?.push(event.data.by)
    }
  const still = [...suspended].filter(([, lifted]) => lifted.length < 2).map(([subject]) => subject)
  return { grants: [...lines.values()], suspended: still }
}
