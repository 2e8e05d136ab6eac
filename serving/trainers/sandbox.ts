/** Runs a program in a sandbox of this machine: no network, nothing to read but what it is given, and an end to what it may take. */
import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Limits } from '../../schemas/events/trainer.ts'
import { treeOf } from './process-tree.ts'

const SCRIPT = fileURLToPath(new URL('./sandbox.sh', import.meta.url))
const NEEDED = ['unshare', 'setpriv', 'prlimit', 'mount', 'pivot_root', 'tar'] as const
const MEBI = 2 ** 20
/** What a trainer said last is kept of what it prints. */
const LOG_CHARACTERS = 4_000
const MOST_METRICS_BYTES = MEBI
const WATCH_MILLIS = 50
/** Identities that no account has: those that systemd gives to services for a time. */
const [FIRST_UID, UIDS] = [61_184, 4_336]

export type Confined = Readonly<{
  root: string
  in: string
  mounts: readonly string[]
  command: readonly string[]
  limits: Limits
  /** Of the sandboxes that run at a time, which one this is: each has an identity of its own. */
  place: number
}>

export type Ended = Readonly<{
  model: Buffer
  metrics: Buffer
  seconds: number
  failure: string | null
  isLost: boolean
}>

/** Why no sandbox can be made here; null where one can. */
export async function sandboxProblem(): Promise<string | null> {
  if (process.platform !== 'linux') return `this is ${process.platform}, and namespaces are Linux's`
  const missing = NEEDED.filter((name) => !isProgram(name))
  if (missing.length > 0) return `it lacks ${missing.join(', ')}`
  const tried = spawn(
    'unshare',
    [...namespaces(), '/bin/sh', '-c', 'mount --make-rprivate / && mount -t tmpfs t /tmp'],
    { env: environment(), stdio: ['ignore', 'ignore', 'pipe'], timeout: 10_000 },
  )
  const said = tailOf(tried.stderr)
  const { code, problem } = await exitOf(tried)
  return code === 0
    ? null
    : `the kernel refuses it namespaces (${problem || lastLine(said()) || 'no reason given'})`
}

const isRoot = (): boolean => process.getuid?.() === 0

/** Root makes them as it is; anybody else, as the root of a namespace of users. */
const namespaces = (): readonly string[] => [
  ...(isRoot() ? [] : ['--user', '--map-root-user']),
  ...['--net', '--mount', '--pid', '--ipc', '--uts', '--fork', '--kill-child'],
]

/** Of the environment only where programs are, which for users may lack the system's own. */
const environment = () => ({ PATH: [process.env.PATH, '/usr/sbin', '/sbin'].filter(Boolean).join(delimiter) })

function isProgram(name: string): boolean {
  return environment()
    .PATH.split(delimiter)
    .some((folder) => {
      try {
        accessSync(join(folder, name), constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}

/** Runs to an end that comes: of itself, or at a limit. */
export async function confined({
  root,
  in: given,
  mounts,
  command,
  limits,
  place,
}: Confined): Promise<Ended> {
  const { seconds, megabytes, outputMegabytes, processes } = limits
  const begun = performance.now()
  const child = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', 'unshare', ...namespaces(), '/bin/sh', SCRIPT, ...command],
    {
      env: {
        ...environment(),
        SANDBOX_ROOT: root,
        SANDBOX_IN: given,
        SANDBOX_MOUNTS: mounts.join('\n'),
        SANDBOX_UID: isRoot() ? String(FIRST_UID + (place % UIDS)) : '',
        SANDBOX_OUT_MB: String(outputMegabytes),
        SANDBOX_DATA: String(megabytes * MEBI),
        SANDBOX_PROCESSES: String(processes),
      },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
    },
  )
  let ended: string | null = null
  const end = (reason: string): void => {
    ended ??= reason
    child.kill('SIGKILL')
  }
  const [, , , model, metrics, started] = child.stdio as unknown as Readable[]
  const log = tailOf(child.stdout, child.stderr)
  const most = outputMegabytes * MEBI
  const parts = [
    bytesOf(model, most, () => end(`its model has more than ${outputMegabytes} MiB`)),
    bytesOf(metrics, MOST_METRICS_BYTES, () => end('its metrics.json has more than 1 MiB')),
    bytesOf(started, 64, () => undefined),
  ]
  const clock = setTimeout(() => end(`it ran for more than ${seconds} seconds`), seconds * 1_000)
  const watch = setInterval(() => {
    const { count, bytes } = treeOf(child.pid ?? 0)
    if (bytes > megabytes * MEBI) end(`it took more than ${megabytes} MiB of memory`)
    // The shells around it are not its own.
    else if (count > processes + 4) end(`it had more than ${processes} processes`)
  }, WATCH_MILLIS)
  try {
    const { code, signal, problem } = await exitOf(child)
    const [modelBytes, metricsBytes, startedBytes] = await Promise.all(parts)
    const hasStarted = startedBytes.length > 0
    return {
      model: modelBytes,
      metrics: metricsBytes,
      seconds: Math.round(performance.now() - begun) / 1_000,
      failure: ended ?? (code === 0 ? null : said({ hasStarted, code, signal, problem, log: log() })),
      isLost: ended === null && code !== 0 && !hasStarted,
    }
  } finally {
    clearTimeout(clock)
    clearInterval(watch)
  }
}

type Exit = Readonly<{ code: number | null; signal: string | null; problem: string }>

const exitOf = (child: ReturnType<typeof spawn>): Promise<Exit> =>
  new Promise((resolve) => {
    child.once('error', ({ message }) => resolve({ code: null, signal: null, problem: message }))
    child.once('close', (code, signal) => resolve({ code, signal, problem: '' }))
  })

function said({
  hasStarted,
  code,
  signal,
  problem,
  log,
}: Exit & Readonly<{ hasStarted: boolean; log: string }>): string {
  const last = log.trim() === '' ? 'and printed nothing' : `and its last output was: ${log.trim()}`
  if (!hasStarted)
    return `its sandbox could not be made (${problem || lastLine(log) || `exit ${code ?? signal}`})`
  // A shell tells of a signal so.
  if (code !== null && code > 128) return `it was ended by signal ${code - 128}, ${last}`
  return `it ended with exit code ${code ?? signal}, ${last}`
}

/** What was printed last, as text that an event can hold: the cut may be within a character. */
function tailOf(...streams: readonly (Readable | null)[]): () => string {
  let text = ''
  for (const stream of streams)
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-LOG_CHARACTERS)
    })
  return () => text.toWellFormed()
}

/** All that comes, up to a bound. */
function bytesOf(stream: Readable, most: number, tooMany: () => void): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let count = 0
    stream.on('data', (chunk: Buffer) => {
      count += chunk.length
      if (count <= most) chunks.push(chunk)
      else tooMany()
    })
    stream.once('error', () => resolve(Buffer.concat(chunks)))
    stream.once('close', () => resolve(Buffer.concat(chunks)))
  })
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? ''
