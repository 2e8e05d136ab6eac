/** A server in a process of its own, by the file that its process id is in: started once, ready or not, and stopped. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

/** Where servers are installed and keep their data. Told by `SERVERS_HOME`; else where this user keeps what can be fetched again. */
export const SERVERS_HOME =
  process.env.SERVERS_HOME ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'asof-servers')

export type Daemon = Readonly<{
  /** The folder of this run: `pid`, `out.log` and its data. */
  run: string
  command: string
  args: readonly string[]
  /** Whether it answers. */
  isReady: (output: string) => Promise<boolean>
  readySeconds: number
}>

const pidFile = ({ run }: Pick<Daemon, 'run'>): string => join(run, 'pid')
const outputOf = ({ run }: Pick<Daemon, 'run'>): string => join(run, 'out.log')

export function pidOf(daemon: Pick<Daemon, 'run'>): number | null {
  return existsSync(pidFile(daemon)) ? Number(readFileSync(pidFile(daemon), 'utf8')) : null
}

/** One that was killed and not waited for is dead, though its id is still there. */
export function isAlive(daemon: Pick<Daemon, 'run'>): boolean {
  const pid = pidOf(daemon)
  if (pid === null) return false
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
  return stdout.trim() !== '' && !stdout.trim().startsWith('Z')
}

/** @throws Error with the end of what it printed, where it is not ready in time */
export async function start(daemon: Daemon): Promise<void> {
  const { run, command, args, isReady, readySeconds } = daemon
  if (isAlive(daemon)) return
  mkdirSync(run, { recursive: true })
  const output = openSync(outputOf(daemon), 'w')
  const child = spawn(command, args, { cwd: run, detached: true, stdio: ['ignore', output, output] })
  writeFileSync(pidFile(daemon), String(child.pid))
  child.unref()
  const printed = () => readFileSync(outputOf(daemon), 'utf8')
  const until = performance.now() + readySeconds * 1000
  while (performance.now() < until) {
    if (!isAlive(daemon)) throw new Error(`${command} ended at once:\n${printed().slice(-2_000)}`)
    if (await isReady(printed())) return
    await setTimeout(100)
  }
  await stop(daemon)
  throw new Error(`${command} is not ready after ${readySeconds} s:\n${printed().slice(-2_000)}`)
}

const STOP_SECONDS = 30

/** By its id alone: nobody else's server is touched. */
export async function stop(daemon: Pick<Daemon, 'run'>, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  const pid = pidOf(daemon)
  if (pid !== null && isAlive(daemon)) {
    process.kill(pid, signal)
    const until = performance.now() + STOP_SECONDS * 1000
    while (isAlive(daemon) && performance.now() < until) await setTimeout(50)
    if (isAlive(daemon)) process.kill(pid, 'SIGKILL')
  }
  rmSync(pidFile(daemon), { force: true })
}

const RUN_MILLIS = 180_000

type Running = Readonly<{ environment?: Readonly<Record<string, string>>; millis?: number }>

/** Runs a program to its end. @throws Error with what it printed, where it fails */
export function run(
  command: string,
  args: readonly string[],
  cwd: string,
  { environment, millis = RUN_MILLIS }: Running = {},
): string {
  const env = { ...process.env, ...environment }
  const options = { cwd, env, encoding: 'utf8', timeout: millis } as const
  const { status, stdout, stderr, error } = spawnSync(command, args, options)
  if (error !== undefined || status !== 0)
    throw new Error(`${command} failed: ${error?.message ?? `${stdout}${stderr}`.slice(-2_000)}`)
  return stdout
}

/** Whether a program is there. */
export const has = (command: string, args: readonly string[] = ['-version']): boolean =>
  spawnSync(command, args, { stdio: 'ignore' }).error === undefined

/** So many ports of this machine that nobody listens on, one after the other. */
export async function freePorts(count: number): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const first = 20_000 + Math.floor(Math.random() * 20_000)
    const free = await Promise.all(Array.from({ length: count }, (_, i) => isFree(first + i)))
    if (free.every(Boolean)) return first
  }
  throw new Error('no ports are free')
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
