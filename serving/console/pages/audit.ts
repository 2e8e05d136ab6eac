/** The audit log: who did what, by position. A table of any length asks for the rows that it shows, and for no others. */
import type { Position } from '../../../schemas/envelope.ts'
import { nameIn } from '../../lineage/node.ts'
import { shown } from '../../shown.ts'
import type { Past } from '../past.ts'

type Asked = Readonly<{ from: Position; limit: number }>

/** The events from a position on, up to the last that is known at the moment. One that became known later is there without its content. */
export async function auditPage(past: Past, { from, limit }: Asked) {
  const { source, moment, at } = past
  const last = at.position
  const to = Math.min(from + limit - 1, last)
  const confirmed = await source.confirmed()
  const rows: AuditRow[] = []
  if (from <= to)
    for await (const batch of source.log.readAll(from, { positionAtMost: to }))
      for (const event of batch) {
        const { position, recordedAt } = event
        if (event.knownAt > (moment.knownAt ?? Number.POSITIVE_INFINITY)) {
          rows.push({ position, recordedAt, isHidden: true })
          continue
        }
        const { type, stream, actor, knownAt } = event
        const { standing = null } = shown(event, confirmed)
        rows.push({
          position,
          recordedAt,
          isHidden: false,
          type,
          stream,
          actor,
          knownAt,
          standing,
          name: nameIn(event),
        })
      }
  return { last, from, rows }
}

type AuditRow = Readonly<{ position: Position; recordedAt: number }> &
  (
    | Readonly<{ isHidden: true }>
    | Readonly<{
        isHidden: false
        type: string
        stream: string
        actor: string
        knownAt: number
        standing: 'unconfirmed' | 'foreign' | null
        name: string
      }>
  )

/** One event, whole. Null for one that was not there or not known then. */
export async function eventPage(past: Past, { position }: Readonly<{ position: Position }>) {
  const { source, moment, at } = past
  const confirmed = await source.confirmed()
  if (position <= at.position)
    for await (const [event] of source.log.readAll(position, { positionAtMost: position })) {
      if (event === undefined || event.knownAt > (moment.knownAt ?? Number.POSITIVE_INFINITY)) break
      return { event: shown(event, confirmed) }
    }
  return null
}
