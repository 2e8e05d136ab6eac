/** The leases of a platform's lanes, as its configuration has them. */
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { sha256 } from '../../schemas/kernel/canonical.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Lease } from '../../streams/log/kurrentdb/lease.ts'
import { readConfig } from '../config.ts'
import { folderAt } from '../folder.ts'
import type { LaneName } from '../lanes/names.ts'
import { serverOf } from '../open-log.ts'

export type Leases = Readonly<{ of: (lane: LaneName) => Promise<Lease>; millis: number }>

/** @throws Refusal `lane.alone` for a log that no other machine has */
export async function leasesOf(path: string): Promise<Leases> {
  const leases = await leasesIn(path)
  if (leases === null) throw refuse('lane.alone')
  return leases
}

/** Null for a log that no other machine has. */
export async function leasesIn(path: string): Promise<Leases | null> {
  const { kurrentdb } = await readConfig(folderAt(path), process.env)
  if (kurrentdb === undefined) return null
  const { Lease } = await import('../../streams/log/kurrentdb/lease.ts')
  const millis = kurrentdb.leaseSeconds * 1_000
  const holder = randomUUID()
  const node = `${hostname()} (process ${process.pid})`
  const server = serverOf(kurrentdb)
  return { millis, of: (lane) => Lease.open({ server, lane, holder, node, millis, digest: sha256 }) }
}
