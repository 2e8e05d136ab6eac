/** What `asof up` and `asof sample` do. */
import { once } from 'node:events'
import type { Command } from 'commander'
import { parseMoment } from '../../schemas/kernel/time.ts'
import { openAccess } from '../access/access.ts'
import { LINK_MINUTES } from '../access/browser.ts'
import { ownerTokenPath } from '../access/owner-token.ts'
import { assertReachable } from '../access/reach.ts'
import { type Config, readConfig } from '../config.ts'
import { DEFAULT_FOLDER, folderAt } from '../folder.ts'
import { serveGrpc } from '../grpc/server.ts'
import { meterIntake } from '../http/intake-metrics.ts'
import { type Metrics, openMetrics } from '../http/metrics.ts'
import { meterLineage, meterNotify } from '../http/notify-metrics.ts'
import { meterOnline } from '../http/online-metrics.ts'
import { meterRelay } from '../http/relay-metrics.ts'
import { serve } from '../http/server.ts'
import { meterWitnesses } from '../http/witness-metrics.ts'
import { inferenceOf } from '../inference/inference.ts'
import { type OpenIntake, openIntake } from '../intake/open.ts'
import { keepViews } from '../kept-views.ts'
import type { LaneName } from '../lanes/names.ts'
import type { Nodes } from '../nodes/live-node.ts'
import type { Forwarder } from '../notify/forwarder.ts'
import { type OpenNotify, openNotify } from '../notify/open.ts'
import { openOnline } from '../online/open.ts'
import { openLineageOut } from '../openlineage/open.ts'
import { openPlatform, type Platform } from '../platform.ts'
import { type OpenRelay, openRelay } from '../relay/open.ts'
import { followLanes } from '../replaying/lanes.ts'
import { openSample, type SampleOptions } from '../sample/run.ts'
import { SAMPLES, US20 } from '../sample/samples.ts'
import { summaryOf, summaryText } from '../sample/summary.ts'
import { closeAsTimePasses } from '../sessions.ts'
import { openTracing } from '../tracing.ts'
import { warn } from '../warn.ts'
import { type Submitting, submitToWitnesses } from '../witness/submitting.ts'
import { type Context, contextOf } from './context.ts'
import { asNode } from './node.ts'

export type Listen = Readonly<{ port: number; grpcPort?: number; host: string; allowHost: readonly string[] }>
export type Up = Listen & Readonly<{ lanes?: readonly LaneName[] }>
export type Sampling = Listen & Readonly<{ sample: string; once: boolean; until?: string }>

export async function up(options: Up, command: Command): Promise<void> {
  const context = contextOf(command)
  context.subject()
  const config = await configFor(context.folder, options)
  const stop = stopSignal()
  if (options.lanes === undefined) return serveUntil(stop, { options, config, context, nodes: null })
  await asNode(context.folder, {
    ...{ lanes: options.lanes, hangMillis: hangMillisOf(config), stop },
    live: (nodes) => serveUntil(stop, { options, config, context, nodes }),
  })
}

const hangMillisOf = ({ lanes }: Config): number => lanes.hangMinutes * 60_000

type Upping = Readonly<{ options: Listen; config: Config; context: Context; nodes: Nodes | null }>

async function serveUntil(stop: AbortSignal, { options, config, context, nodes }: Upping): Promise<void> {
  // Closed the last one first, each of them whatever becomes of another.
  await using open = new AsyncDisposableStack()
  const { metrics, endTraces } = await openMeasuring()
  open.defer(endTraces)
  const platform = await openPlatform({
    path: context.folder,
    threads: true,
    hangMillis: hangMillisOf(config),
    isSupervised: true,
    meter: metrics.meter,
    ...(nodes !== null && { nodes }),
  })
  const following = nodes?.follow(platform)
  open.defer(async () => following?.end())
  open.defer(() => platform.close())
  const stopClosing = closeAsTimePasses(platform, {
    everyMillis: 60_000,
    onError: (error) => warn(`Sessions are not closed: ${String(error)}`),
  })
  open.defer(stopClosing)
  const stopKeeping = keepViews(platform, {
    everyMillis: 60_000,
    onError: (error) => warn(`What is stored of the views stays as it is: ${String(error)}`),
  })
  open.defer(stopKeeping)
  const serving = await served(platform, { ...options, config, metrics }, context)
  open.defer(() => serving.close())
  if (!stop.aborted) await Promise.race([once(stop, 'abort'), ...(following ? [following.lost] : [])])
}

export async function sample(options: Sampling, command: Command): Promise<void> {
  const context = contextOf(command)
  const { sample: name } = options
  // Each has a log of its own, since a policy counts for all that is in one.
  const isTold = command.getOptionValueSource('folder') !== 'default' || context.folder !== DEFAULT_FOLDER
  const path = isTold || name === US20.name ? context.folder : `${DEFAULT_FOLDER}-${name}`
  const config = await configFor(path, options)
  const until = options.until === undefined ? {} : { until: parseMoment(options.until) }
  const { metrics, endTraces } = await openMeasuring()
  const serving = options.once ? null : { ...options, config, metrics }
  const { meter } = metrics
  const played = { path, plan: SAMPLES[name], ...until, threads: true, meter }
  await play(played, serving, context).finally(endTraces)
}

/**
 * Plays a sample, replays it while it is played, and serves it from before its first event until it is stopped, where it is to be
 * served. Interrupted, it ends between two steps, and goes on from there the next time.
 */
async function play(played: SampleOptions, serving: Serving | null, context: Context): Promise<void> {
  const stop = stopSignal()
  // Closed the last one first, each of them whatever becomes of another.
  const open = new AsyncDisposableStack()
  const opened = <T extends { close: () => Promise<void> }>(one: T): T => open.adopt(one, () => one.close())
  const onProgress: Context['progress'] = (...at) => {
    stop.throwIfAborted()
    context.progress(...at)
  }
  try {
    const sample = await openSample({ ...played, onProgress })
    const platform = opened(sample.platform)
    const following = opened(followLanes(platform.folder))
    if (serving !== null) opened(await served(platform, serving, context))
    await sample.play()
    const summary = await summaryOf(platform, played.plan, following, onProgress)
    context.answer(summaryText(summary), summary)
    if (!summary.sound) process.exitCode = 1
    if (serving !== null && !stop.aborted) await once(stop, 'abort')
  } catch (error) {
    if (!stop.aborted) throw error
    warn('The sample is broken off. The same command goes on with it.')
  } finally {
    await open.disposeAsync()
  }
}

/** What is configured; whoever may not listen is told before anything is opened. */
async function configFor(path: string, { host }: Listen): Promise<Config> {
  const folder = folderAt(path)
  const config = await readConfig(folder, process.env)
  assertReachable(host, folder, config)
  return config
}

/** What is measured, and traced where OpenTelemetry is told to. */
async function openMeasuring() {
  const tracing = await openTracing(process.env)
  const metrics = openMetrics(tracing === null ? [] : [tracing.meter])
  return { metrics, endTraces: async () => tracing?.close() }
}

type Serving = Listen & { config: Config; metrics: Metrics }

/**
 * Aborted by the first signal that ends a process: one may come twice, from the terminal and from whoever started this. And where the
 * launcher is gone, however it ended: nobody else would know of this process, which holds the log.
 */
function stopSignal(): AbortSignal {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'] as const)
    process.on(signal, () => stop.abort())
  process.channel?.unref()
  return stop.signal
}

/** Serves a platform, and says where. */
async function served(platform: Platform, serving: Serving, { json }: Context) {
  const { host, port, grpcPort = port === 0 ? 0 : port + 1, allowHost, config, metrics } = serving
  const { folder, log } = platform
  const access = await openAccess({ folder, log, config })
  // Closed the last one first, also where one of them does not come up.
  await using opening = new AsyncDisposableStack()
  const relay = await relayOf(platform, config, metrics)
  opening.defer(async () => relay?.close())
  const intake = await intakeOf(platform, config, metrics)
  opening.defer(async () => intake?.close())
  const online = config.online === undefined ? null : openOnline(platform, config.online)
  opening.defer(async () => online?.close())
  if (online !== null) meterOnline(online, metrics.registry)
  const notify = notifyOf(platform, config, metrics)
  opening.defer(async () => notify?.close())
  const lineage = lineageOf(platform, config, metrics)
  opening.defer(async () => lineage?.close())
  const witnesses = witnessesOf(platform, config, metrics)
  opening.defer(async () => witnesses?.close())
  const isAlone = allowHost.length === 0
  const inference = inferenceOf(online?.platform ?? platform)
  // Once no door is open any more.
  opening.defer(() => inference.owed.recorded())
  const grpc = await serveGrpc({ host, port: grpcPort, access, inference, isAlone })
  opening.defer(() => grpc.close())
  const server = await serve(platform, { host, port, access, allowed: allowHost, metrics })
  opening.defer(() => server.close())
  const open = opening.move()
  if (!json) {
    const link = `${server.url}/enter/${await access.link()}`
    process.stderr.write(`Serving ${server.url} (Ctrl-C ends it)\n`)
    process.stderr.write(`Models in force answer there under /v2, and over gRPC at ${grpc.address}\n`)
    process.stderr.write(`In a browser, once and within ${LINK_MINUTES} minutes: ${link}\n`)
    process.stderr.write(`For programs: Authorization: Bearer, and what is in ${ownerTokenPath(folder)}\n`)
  }
  return { close: () => open.disposeAsync() }
}

/** Publishes the log where that is configured. */
async function relayOf(
  platform: Platform,
  { relay }: Config,
  { registry }: Metrics,
): Promise<OpenRelay | null> {
  if (relay === undefined) return null
  const open = await openRelay(platform, relay)
  meterRelay(open, platform.log, registry)
  return open
}

/** Tells of alarms where that is configured. */
function notifyOf(platform: Platform, { notify }: Config, { registry }: Metrics): OpenNotify | null {
  if (notify === undefined) return null
  const open = openNotify(platform, notify, process.env)
  meterNotify(open, registry)
  return open
}

/** Tells a lineage server what ran where that is configured. */
function lineageOf(platform: Platform, { openlineage }: Config, { registry }: Metrics): Forwarder | null {
  if (openlineage === undefined) return null
  const open = openLineageOut(platform, openlineage, process.env)
  meterLineage(open, registry)
  return open
}

/** Has witnesses cosign the log where there are some. */
function witnessesOf(platform: Platform, { witnesses }: Config, { registry }: Metrics): Submitting | null {
  if (witnesses === undefined) return null
  const submitting = submitToWitnesses(platform, { witnesses, everyMillis: 60_000, onTrouble: warn })
  meterWitnesses(submitting, registry)
  return submitting
}

/** Reads the topics that data sets come from, where that is configured. */
async function intakeOf(
  platform: Platform,
  { intake }: Config,
  { registry }: Metrics,
): Promise<OpenIntake | null> {
  if (intake === undefined) return null
  const open = await openIntake(platform, intake)
  meterIntake(open, registry)
  return open
}
