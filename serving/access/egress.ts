/**
 * The one place through which what is guarded goes out: who takes it, whether he may, and the event that says so, durable before the
 * first byte. What is refused is recorded as well.
 */
import { randomUUID } from 'node:crypto'
import { basisOf } from '../../commands/access/basis.ts'
import { type GrantCommand, grants } from '../../commands/access/grants.ts'
import { takenBeside } from '../../projections/access/takings.ts'
import { grantStream } from '../../schemas/events/grant.ts'
import type { Jewel } from '../../schemas/jewel.ts'
import { assert } from '../../schemas/kernel/assert.ts'
import { type FaultCode, refuse } from '../../schemas/kernel/fault.ts'
import type { Subject } from '../../schemas/role.ts'
import type { LogReader } from '../../streams/log/port.ts'
import { wallClock } from '../clock.ts'
import type { Desk } from '../mlflow/desk.ts'
import type { Access } from './access.ts'
import { isConfigured } from './loopback.ts'

/** Who asks, at which door, and who is told that it was let out there. */
export type Caller = Readonly<{ subject: Subject; door: string; released: (how: 'listed' | 'taken') => void }>

export type Taken = Readonly<{
  item: Jewel
  /** What counts as one of the item's artifacts; the item itself where it has no parts. */
  artifact?: string
  /** SHA-256 of the bytes, and how many there are; null for what is made while it is read. */
  hash: string | null
  bytes: number | null
}>

export type Egress = Readonly<{
  /** @throws Refusal `grant.none`, `grant.spent` */
  take: (caller: Caller, taken: Taken) => Promise<Release>
  /** Whether somebody may see what lies in an item. @throws Refusal `grant.none` */
  list: (caller: Caller, item: Jewel) => Promise<void>
}>

export type Release = Readonly<{
  id: string
  /** Hands parts on as long as the grant's bytes last. @throws Refusal `grant.spent` */
  counted: <T extends Uint8Array>(parts: AsyncIterable<T>) => AsyncIterable<T>
  /** Records how many bytes went out, once, where that was not known before. */
  end: () => Promise<void>
}>

type Parts = Readonly<{ desk: Desk; access: Access; log: Pick<LogReader, 'head'> }>

export function openEgress({ desk, access, log }: Parts): Egress {
  const evidenceOf = async ({ name: subject, roles }: Subject, item: Jewel) => {
    const at = wallClock.nowMicros()
    const { runs, models } = await desk.runs()
    const taken = await desk.taken()
    return {
      ...takenBeside(taken, { subject, roles, at }),
      registry: [...runs.values(), ...models.values()].filter(({ files }) => files.size > 0).length,
      isCanary: access.config.canaries?.includes(item) ?? false,
      readAt: (await log.head()).position,
    }
  }

  const act = async (caller: Caller, taken: Taken, isListing: boolean) => {
    const { subject, door } = caller
    const { item, artifact = item, hash, bytes } = taken
    const release = randomUUID()
    const stream = grantStream(subject.name)
    const permits = await access.permissions(subject)
    const basis = basisOf(permits)(item)
    // Whoever owns the platform is held against nobody: he could read its files.
    const evidence = permits('take') ? null : await evidenceOf(subject, item)
    // What the policy lets him see is not worth an event, and neither is what an owner takes of a folder that nobody else gets into.
    if (basis === 'policy' && (isListing || (permits('take') && !isConfigured(access.config))))
      return { release, outcome: null }
    const command: GrantCommand = {
      ...{ kind: 'take', release, subject: subject.name, roles: subject.roles, door, item, artifact },
      ...{ hash, bytes, basis, isListing, evidence, at: wallClock.nowMicros() },
    }
    await desk.act(grants, { stream, command, commandId: `access:${release}`, subject })
    const { outcomes } = await desk.stateOf(grants, stream)
    const outcome = outcomes.get(release) ?? null
    assert(outcome !== null || isListing, 'what was asked for was neither released nor withheld')
    return { release, outcome }
  }

  return {
    async take(caller, taken) {
      const { subject } = caller
      const { release, outcome } = await act(caller, taken, false)
      if (outcome !== null && outcome.code !== null)
        throw refuse(outcome.code as FaultCode, { subject: subject.name, item: taken.item })
      caller.released('taken')
      let sent = 0
      let isOver = taken.bytes !== null || outcome === null
      const most =
        taken.bytes === null && outcome !== null && outcome.grant !== null ? outcome.bytes : Infinity
      return {
        id: release,
        async *counted(parts) {
          for await (const part of parts) {
            if (sent + part.length > most)
              throw refuse('grant.spent', { subject: subject.name, item: taken.item })
            sent += part.length
            yield part
          }
        },
        async end() {
          if (isOver) return
          isOver = true
          const command = {
            ...({ kind: 'deliver', release, subject: subject.name, bytes: sent } as const),
            at: wallClock.nowMicros(),
          }
          const stream = grantStream(subject.name)
          await desk.act(grants, { stream, command, commandId: `access:${release}:end`, subject })
        },
      }
    },
    async list(caller, item) {
      const { outcome } = await act(caller, { item, hash: null, bytes: null }, true)
      if (outcome !== null && outcome.code !== null)
        throw refuse(outcome.code as FaultCode, { subject: caller.subject.name, item })
      caller.released('listed')
    },
  }
}
