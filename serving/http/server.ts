/** The server: who is let in, what is answered, and how it ends. */
import { randomUUID } from 'node:crypto'
import { durablePart } from '../../streams/log/durable.ts'
import type { Access } from '../access/access.ts'
import { openEgress } from '../access/egress.ts'
import { onlineReads } from '../access/online-reads.ts'
import { assertReachable, tlsOf } from '../access/reach.ts'
import { Works } from '../commands/works.ts'
import { writesTo } from '../feast/write.ts'
import { inferenceOf } from '../inference/inference.ts'
import { openDesk } from '../mlflow/desk.ts'
import type { Platform } from '../platform.ts'
import { leaveAddress } from '../running.ts'
import { dropUploads } from '../uploads.ts'
import { openViewStore } from '../view-store.ts'
import { boundedServer } from './bounded.ts'
import { serveCommands } from './commands.ts'
import { serveConsole } from './console.ts'
import { admit, door, holdBack } from './door.ts'
import { serveEntrance } from './entrance.ts'
import { serveFeast } from './feast.ts'
import { guard } from './guard.ts'
import { serveLineage } from './lineage.ts'
import { type Metrics, openMetrics, serveMetrics } from './metrics.ts'
import { serveMlflow } from './mlflow.ts'
import { serveOip } from './oip.ts'
import { serveOpenApi } from './openapi.ts'
import { refuseUnasked } from './query.ts'
import { serveReplicas } from './replicas.ts'
import { serveRetrieval } from './retrieval.ts'
import { serveSeal } from './seal.ts'
import { serveStream } from './stream.ts'
import { serveUploads } from './uploads.ts'
import { serveHealth, serveViews } from './views.ts'
import { serveWork } from './work.ts'

export type Serving = Readonly<{ url: string; close: () => Promise<void> }>

/** How long an answer that is under way has when the server is closed. */
const PATIENCE_MILLIS = 3_000

type Listen = Readonly<{
  host: string
  /** 0 takes any free one. */
  port: number
  access: Access
  /** Names, beside its own, that it answers under. */
  allowed?: readonly string[]
  /** What is measured of it, for `/metrics`. */
  metrics?: Metrics
}>

/**
 * Serves a platform, and leaves its address in the folder for as long as it does.
 * @throws Refusal `access.not-configured`, `access.plaintext` where others reach it and nothing says who they are
 */
export async function serve(platform: Platform, listen: Listen): Promise<Serving> {
  const { host, port, access, allowed = [], metrics = openMetrics() } = listen
  assertReachable(host, platform.folder, access.config)
  const server = boundedServer({ tls: tlsOf(access.config), logLevel: process.env.ASOF_LOG_LEVEL ?? 'warn' })
  const states = openViewStore(platform.folder, { readOnly: true })
  const name = randomUUID()
  guard(server, { host, allowed })
  door(server, access, allowed.length === 0)
  refuseUnasked(server)
  holdBack(server)
  const desk = openDesk(platform)
  const egress = openEgress({ desk, access, log: platform.log })
  serveOpenApi(server)
  serveEntrance(server, access)
  const shown = { ...platform, log: durablePart(platform.log) }
  serveConsole(server, { ...shown, states }, egress)
  serveHealth(server, shown, name)
  serveMetrics(server, platform, metrics)
  serveViews(server, { ...shown, states, egress })
  serveLineage(server, { ...shown, states })
  serveSeal(server, platform.folder)
  serveStream(server, { ...shown, admit: (request) => admit(access, request) })
  const works = new Works(platform)
  serveCommands(server, platform, works)
  serveWork(server, platform, {
    ...{ works, authorize: access.authorize },
    admit: (request) => admit(access, request),
  })
  serveMlflow(server, platform, { works, desk, egress })
  dropUploads(platform.folder)
  serveUploads(server, platform.folder)
  const inference = inferenceOf(platform)
  await serveOip(server, inference)
  const reads = onlineReads(access, egress)
  await serveFeast(server, platform, { inference, writes: writesTo(platform), reads })
  await serveReplicas(server, platform, inference)
  serveRetrieval(server, { ...shown, states, egress })
  const url = await server.listen({ host, port })
  const takeAway = leaveAddress(platform.folder, { url, pid: process.pid, server: name })
  return {
    url,
    async close() {
      takeAway()
      desk.close()
      works.cancelAll()
      // A reader who takes his time is not waited for.
      const cutOff = setTimeout(() => server.server.closeAllConnections(), PATIENCE_MILLIS)
      await server.close()
      clearTimeout(cutOff)
      states.close()
    },
  }
}
