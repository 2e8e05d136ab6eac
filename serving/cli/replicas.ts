/** `asof serve`: several processes that answer what models and features are asked, beside the one that writes the log. */
import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { assertReachable } from '../access/reach.ts'
import { readConfig } from '../config.ts'
import { folderAt } from '../folder.ts'
import { warn } from '../warn.ts'
import { common, contextOf } from './context.ts'
import { whole } from './numbers.ts'

type Options = Readonly<{
  replicas: number
  port: number
  grpcPort?: number
  host: string
  allowHost: readonly string[]
}>

/** The writer listens on 7070 and 7071 unless it is told. */
const DEFAULT_PORT = 7080
const MOST = 64
const REST_MILLIS = 1_000

export function addReplicas(program: Command): void {
  common(program.command('serve'))
    .description(
      'answer models and features from several processes, which share a port, beside the asof up that writes the folder',
    )
    .option('--replicas <number>', 'how many processes', whole(1, MOST), 2)
    .option('-p, --port <number>', 'port to listen on', whole(0, 65_535), DEFAULT_PORT)
    .option(
      '--grpc-port <number>',
      'port to listen on for gRPC; the one after the port for HTTP',
      whole(0, 65_535),
    )
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--allow-host <name...>', 'names, beside its own address, under which requests are answered', [])
    .action(async (options: Options, command: Command) => {
      const { folder } = contextOf(command)
      await (cluster.isPrimary ? superviseAll(folder, options) : serveHere(folder, options))
    })
}

/** @param isSupervisor the process that the launcher started: where that is gone, however it ended, nobody else would know of this one */
function stopSignal(isSupervisor: boolean): AbortSignal {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort())
  if (isSupervisor) {
    process.on('disconnect', () => stop.abort())
    process.channel?.unref()
  }
  return stop.signal
}

/** Keeps so many at work: one that ends is started again. */
async function superviseAll(path: string, { host, port: wanted, replicas }: Options): Promise<void> {
  const config = await readConfig(folderAt(path), process.env)
  assertReachable(host, folderAt(path), config)
  const stop = stopSignal(true)
  const ended = new Map<Worker, Promise<unknown>>()
  let isFirst = true
  let failed: number | null = null
  const begin = (): void => {
    const worker = cluster.fork()
    ended.set(worker, once(worker, 'exit'))
    let hasServed = false
    worker.on('listening', ({ address, port }) => {
      hasServed = true
      // The other port is that of gRPC.
      if (!isFirst || (wanted !== 0 && port !== wanted)) return
      process.stderr.write(`Serving on ${address}:${port} from ${replicas} processes (Ctrl-C ends it)\n`)
      isFirst = false
    })
    worker.on('exit', async (code) => {
      ended.delete(worker)
      if (stop.aborted) return
      // One that never came up says why itself, and would not the next time.
      if (!hasServed) failed ??= code || 1
      else warn(`A replica ended (${code}): another is started.`)
      if (failed === null) await sleep(REST_MILLIS)
      if (failed === null && !stop.aborted) begin()
      else wake()
    })
  }
  let wake = (): void => undefined
  const woken = new Promise<void>((resolve) => {
    wake = resolve
  })
  for (let i = 0; i < replicas; i++) begin()
  await Promise.race([once(stop, 'abort'), woken])
  for (const worker of ended.keys()) worker.process.kill('SIGTERM')
  await Promise.all(ended.values())
  if (failed !== null) process.exitCode = failed
}

async function serveHere(path: string, options: Options): Promise<void> {
  const { host, port, grpcPort = port === 0 ? 0 : port + 1, allowHost } = options
  const config = await readConfig(folderAt(path), process.env)
  const stop = stopSignal(false)
  // What serves is loaded where it is asked for.
  const { serveReplica } = await import('../replica/serve.ts')
  const replica = await serveReplica({ path, host, port, grpcPort, allowed: allowHost, config })
  const orphaned = once(process, 'disconnect')
  const lost = replica.lost.then(() => {
    process.exitCode = 1
  })
  if (!stop.aborted) await Promise.race([once(stop, 'abort'), orphaned, lost])
  await replica.close()
  cluster.worker?.disconnect()
}
