/** The doors of a replica: the Open Inference Protocol over HTTP and gRPC, features for Feast's clients, and its health. */
import { randomUUID } from 'node:crypto'
import { refuse } from '../../schemas/kernel/fault.ts'
import { openAccess } from '../access/access.ts'
import { onlineReads } from '../access/online-reads.ts'
import { tlsOf } from '../access/reach.ts'
import type { Config } from '../config.ts'
import type { Writes } from '../feast/write.ts'
import { serveGrpc } from '../grpc/server.ts'
import { boundedServer } from '../http/bounded.ts'
import { door, holdBack } from '../http/door.ts'
import { serveFeast } from '../http/feast.ts'
import { guard } from '../http/guard.ts'
import { serveOip } from '../http/oip.ts'
import { serveHealth } from '../http/views.ts'
import { inferenceOver } from '../inference/inference.ts'
import { MOST_UNDER_WAY } from '../inference/limits.ts'
import { MOST_MICROS_HERE } from '../inference/measured.ts'
import { followLive } from './following.ts'
import { replicaOver } from './replica.ts'

type Listen = Readonly<{
  path: string
  host: string
  /** 0 takes any free one. */
  port: number
  /** Null where only HTTP is served. */
  grpcPort: number | null
  allowed: readonly string[]
  config: Config
}>

export type Replica = Readonly<{
  url: string
  grpc: string | null
  /** Resolves when it cannot go on, and another one has to take its place. */
  lost: Promise<void>
  close: () => Promise<void>
}>

/** Serves a folder whose writer runs elsewhere on this machine, from a process that writes nothing. */
export async function serveReplica({
  path,
  host,
  port,
  grpcPort,
  allowed,
  config,
}: Listen): Promise<Replica> {
  await using opening = new AsyncDisposableStack()
  const following = opening.adopt(await followLive(path), (one) => one.close())
  const platform = await replicaOver(path, following)
  const { folder, log } = platform
  const access = await openAccess({ folder, log, config })
  // It answers once its writer has what it answers, whatever a promotion says.
  const inference = inferenceOver(platform, MOST_UNDER_WAY, MOST_MICROS_HERE, false)
  const isAlone = allowed.length === 0
  const server = boundedServer({ tls: tlsOf(config), logLevel: process.env.ASOF_LOG_LEVEL ?? 'warn' })
  guard(server, { host, allowed })
  door(server, access, isAlone)
  holdBack(server)
  serveHealth(server, platform, randomUUID())
  await serveOip(server, inference)
  const elsewhere = async (): Promise<never> => {
    throw refuse('replica.reads-only', { path })
  }
  const writes: Writes = { push: elsewhere, write: elsewhere }
  await serveFeast(server, platform, { inference, writes, reads: onlineReads(access, null) })
  const grpc =
    grpcPort === null ? null : await serveGrpc({ host, port: grpcPort, access, inference, isAlone })
  opening.defer(async () => grpc?.close())
  const url = await server.listen({ host, port })
  opening.defer(() => server.close())
  const open = opening.move()
  return { url, grpc: grpc?.address ?? null, lost: following.lost, close: () => open.disposeAsync() }
}
