/** The gRPC server: within bounds, behind the door, over the same inference as HTTP. */
import { isIPv6 } from 'node:net'
import { logVerbosity, Server, ServerCredentials, setLogVerbosity } from '@grpc/grpc-js'
import { ReflectionService } from '@grpc/reflection'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Access } from '../access/access.ts'
import { tlsOf } from '../access/reach.ts'
import type { Config } from '../config.ts'
import type { Inference } from '../inference/inference.ts'
import { BODY_BYTES } from '../named.ts'
import { DEFINITIONS, INFERENCE, serviceOf } from './definitions.ts'
import { addGuarded, doorOf, guardedStreams } from './door.ts'
import { addHealth } from './health.ts'
import { inferenceMethods } from './service.ts'
import { boundUnsent, type UnsentBounds } from './unsent.ts'

export type GrpcServing = Readonly<{ address: string; close: () => Promise<void> }>

/** How long an answer that is under way has when the server is closed. */
const PATIENCE_MILLIS = 3_000

const MOST_PORT = 65_535

const BOUNDS = {
  'grpc.max_receive_message_length': BODY_BYTES,
  // More than are let in, so that whoever asks for more is told so; what is beyond waits with the caller, and not here.
  'grpc.max_concurrent_streams': 256,
  // A connection whose other end is gone is given up; what this process itself was held up for is less.
  'grpc.keepalive_time_ms': 60_000,
  'grpc.keepalive_timeout_ms': 20_000,
  'grpc-node.max_session_memory': 64,
  'grpc.enable_channelz': 0,
}

type Listen = Readonly<{
  host: string
  /** 0 takes any free one. */
  port: number
  access: Access
  inference: Inference
  /** Whether nothing stands before this server. */
  isAlone: boolean
  /** Calls whose message is waited for. */
  unsent?: UnsentBounds
}>

/** @throws Refusal `server.port-taken` */
export async function serveGrpc(listen: Listen): Promise<GrpcServing> {
  const { host, port, access, inference, isAlone, unsent } = listen
  if (port > MOST_PORT) throw refuse('server.port-taken', { port, problem: `ports end at ${MOST_PORT}` })
  // Whoever asks is told what is wrong, and so is whoever starts it.
  setLogVerbosity(logVerbosity.NONE)
  const server = new Server({ ...BOUNDS, interceptors: [boundUnsent(unsent)] })
  boundResets(server)
  const door = doorOf(access, isAlone)
  addGuarded(server, door, { definition: serviceOf(INFERENCE), methods: inferenceMethods(inference) })
  addHealth(server, door, inference.standing)
  new ReflectionService(DEFINITIONS).addToServer(guardedStreams(server, door, 'read'))
  const name = isIPv6(host) ? `[${host}]` : host
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${name}:${port}`, credentialsOf(access.config), (error, found) => {
      if (error === null) resolve(found)
      else reject(refuse('server.port-taken', { port, problem: error.message }))
    })
  })
  return {
    address: `${name}:${bound}`,
    close: () =>
      new Promise((resolve) => {
        // grpc-js's forceShutdown ends no connection where channelz is off.
        server.drain(`${name}:${bound}`, PATIENCE_MILLIS)
        server.tryShutdown(() => resolve())
      }),
  }
}

/**
 * HTTP/2 ends a connection that resets more than 33 streams a second for long (CVE-2023-44487), with every call that is under way on it.
 * A caller who keeps deadlines resets each call that is late. What a reset costs is bounded by the streams of a connection.
 */
const RESETS = { streamResetBurst: 10_000, streamResetRate: 2_000 }

/** grpc-js has no option for it. */
function boundResets(server: Server): void {
  const { commonServerOptions } = server as unknown as { commonServerOptions: object }
  Object.assign(commonServerOptions, RESETS)
}

/** @throws what the system says of a file that cannot be read */
function credentialsOf(config: Config): ServerCredentials {
  const tls = tlsOf(config)
  if (tls === null) return ServerCredentials.createInsecure()
  const { cert, key, ca = null } = { ca: undefined, ...tls }
  const pair = { cert_chain: Buffer.from(cert), private_key: Buffer.from(key) }
  return ServerCredentials.createSsl(ca === null ? null : Buffer.from(ca), [pair], ca !== null)
}
