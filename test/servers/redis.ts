/** Redis on loopback, as the system has it (Debian: redis-server), or what `REDIS_SERVER` names: it keeps nothing on the disk. */
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { type Daemon, has, SERVERS_HOME, start, stop } from './daemon.ts'

const COMMAND = process.env.REDIS_SERVER ?? 'redis-server'

/** Why there is none; null where there is. */
export const redisMissing = (): string | null =>
  has(COMMAND, ['--version'])
    ? null
    : `there is no ${COMMAND} on this machine (Debian: apt-get install redis-server)`

const daemonOf = (port: number): Daemon => ({
  run: join(SERVERS_HOME, 'redis', `run-${port}`),
  command: COMMAND,
  args: ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no'],
  isReady: () => answers(port),
  readySeconds: 20,
})

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1', () => socket.write('PING\r\n'))
    const end = (isReady: boolean): void => {
      socket.destroy()
      resolve(isReady)
    }
    socket.once('data', (answer) => end(String(answer).startsWith('+PONG')))
    socket.once('error', () => end(false))
  })

/** @returns its URL */
export async function startRedis(port: number): Promise<string> {
  await start(daemonOf(port))
  return `redis://127.0.0.1:${port}`
}

export const stopRedis = (port: number, signal?: NodeJS.Signals): Promise<void> =>
  stop(daemonOf(port), signal)
