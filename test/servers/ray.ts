/**
 * A Ray head with one machine. Its parts listen on every address, whatever they are told: so it has a network of its own, and processes that
 * end with it, and its dashboard is reached on loopback through a socket in its folder. That takes root, and `ip` (Debian: iproute2).
 */

import { rmSync } from 'node:fs'
import { get } from 'node:http'
import { connect, createServer, type Server } from 'node:net'
import { dirname, join } from 'node:path'
import { type Daemon, has, SERVERS_HOME, start, stop } from './daemon.ts'

export const RAY = ['ray[default]==2.60.0']
const DASHBOARD = 8265

/** Why there can be none; null where there can. */
export function rayMissing(): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'it takes root, for a network of its own'
  return has('ip', ['-V']) ? null : 'there is no ip on this machine (Debian: iproute2)'
}

/** Paths of Unix sockets are short: Ray's own lie below this one. */
const TEMPORARY = '/tmp/asof-ray'

const runOf = (port: number): string => join(SERVERS_HOME, 'ray', `run-${port}`)
const socketOf = (port: number): string => join(runOf(port), 'dashboard')

/** @param python of an environment with `RAY` */
function daemonOf(python: string, port: number): Daemon {
  const ray = join(dirname(python), 'ray')
  const head = [
    ...['start', '--head', '--block', '--node-ip-address', '127.0.0.1', '--disable-usage-stats'],
    ...[
      '--dashboard-host',
      '127.0.0.1',
      '--dashboard-port',
      String(DASHBOARD),
      '--include-dashboard',
      'true',
    ],
    ...['--num-cpus', '2', '--object-store-memory', String(128 * 2 ** 20), '--temp-dir', TEMPORARY],
    ...['--resources', '{"spot": 1}'],
  ]
  const inside = `ip link set lo up && "$0" "$1" "$2" & shift 2; exec "$@"`
  return {
    run: runOf(port),
    command: 'unshare',
    args: [
      ...[
        '--net',
        '--pid',
        '--fork',
        '--kill-child',
        '--mount-proc',
        'env',
        `PATH=${dirname(ray)}:${process.env.PATH}`,
      ],
      ...['RAY_USAGE_STATS_ENABLED=0', 'RAY_enable_open_telemetry=0', '/bin/sh', '-c', inside],
      ...[process.execPath, import.meta.filename, socketOf(port), ray, ...head],
    ],
    isReady: () => answers(port),
    readySeconds: 120,
  }
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const asked = get(`http://127.0.0.1:${port}/api/jobs/`, (reply) => {
      reply.resume()
      resolve(reply.statusCode === 200)
    })
    asked.on('error', () => resolve(false))
  })

/** Passes on what comes at one place to another. */
const passing = (to: Readonly<{ path: string } | { port: number; host: string }>): Server =>
  createServer((one) => {
    const other = connect(to)
    one.pipe(other).pipe(one)
    one.on('error', () => other.destroy())
    other.on('error', () => one.destroy())
  })

/** Before anything else runs: on a busy machine its parts give up on each other. @returns the URL of its dashboard, and what stops it */
export async function startRay(python: string, port: number) {
  const daemon = daemonOf(python, port)
  rmSync(TEMPORARY, { recursive: true, force: true })
  rmSync(socketOf(port), { force: true })
  const server = passing({ path: socketOf(port) })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const end = async (signal?: NodeJS.Signals): Promise<void> => {
    server.close()
    await stop(daemon, signal)
  }
  try {
    await start(daemon)
  } catch (error) {
    await end('SIGKILL')
    throw error
  }
  return { url: `http://127.0.0.1:${port}`, stop: end }
}

// As a program, within Ray's network: what comes at the socket goes to the dashboard.
const [, program, socket] = process.argv
if (program === import.meta.filename && socket !== undefined)
  passing({ host: '127.0.0.1', port: DASHBOARD }).listen(socket)
