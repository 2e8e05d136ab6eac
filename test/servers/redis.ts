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

/** What it is told beyond its port: other arguments, and whether it answers whoever has no name. */
type Ways = Readonly<{ args?: readonly string[]; isClosed?: boolean }>

const daemonOf = (port: number, { args = [], isClosed = false }: Ways = {}): Daemon => ({
  run: join(SERVERS_HOME, 'redis', `run-${port}`),
  command: COMMAND,
  args: [
    ...['--bind', '127.0.0.1', '--port', isClosed ? '0' : String(port)],
    ...['--save', '', '--appendonly', 'no', ...args],
  ],
  isReady: () => answers(port, isClosed),
  readySeconds: 20,
})

const answers = (port: number, isClosed: boolean): Promise<boolean> =>
  new Promise((resolve) => {
    const end = (isReady: boolean): void => {
      socket.destroy()
      resolve(isReady)
    }
    const socket = createConnection(port, '127.0.0.1', () =>
      isClosed ? end(true) : socket.write('PING\r\n'),
    )
    socket.once('data', (answer) => end(String(answer).startsWith('+PONG')))
    socket.once('error', () => end(false))
  })

/** @returns its URL */
export async function startRedis(port: number, args: readonly string[] = []): Promise<string> {
  await start(daemonOf(port, { args }))
  return `redis://127.0.0.1:${port}`
}

export type RedisKeys = Readonly<{ cert: string; key: string; user: string; password: string }>

/** One that speaks TLS alone, with whoever has the name and the password. @param keys paths of the server's own, in PEM */
export async function startSecureRedis(
  port: number,
  { cert, key, user, password }: RedisKeys,
): Promise<string> {
  const tls = ['--tls-port', String(port), '--tls-cert-file', cert, '--tls-key-file', key]
  const args = [...tls, '--tls-auth-clients', 'no', '--user', user, 'on', `>${password}`, '~*', '+@all']
  await start(daemonOf(port, { args: [...args, '--user', 'default', 'off'], isClosed: true }))
  return `rediss://127.0.0.1:${port}`
}

export const stopRedis = (port: number, signal?: NodeJS.Signals): Promise<void> =>
  stop(daemonOf(port), signal)
