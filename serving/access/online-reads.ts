/**
 * Features of entities, online. Whoever may ask models in force (an OMS) reads them as often as it has to, and that is not recorded read by
 * read; anybody else takes them as he takes values in bulk.
 */
import { jewelOf } from '../../schemas/jewel.ts'
import { sha256 } from '../../schemas/kernel/canonical.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Access } from './access.ts'
import type { Caller, Egress } from './egress.ts'

export type OnlineReads = (caller: Caller, sets: readonly string[], body: string) => Promise<void>

/** @param egress null in a process that writes nothing: who needs a grant is sent to the one that does */
export const onlineReads =
  (access: Pick<Access, 'permissions'>, egress: Egress | null): OnlineReads =>
  async (caller, sets, body) => {
    const { subject } = caller
    const permits = await access.permissions(subject)
    if (permits('predict')) return caller.released('taken')
    for (const set of new Set(sets)) {
      const item = jewelOf('features', set)
      if (egress === null) throw refuse('grant.none', { subject: subject.name, item })
      await egress.take(caller, { item, hash: sha256(body), bytes: Buffer.byteLength(body) })
    }
  }
