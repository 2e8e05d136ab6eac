/** An S3 server on loopback, from PyPI (moto): its objects are in memory, and gone when it stops. */
import { join } from 'node:path'
import type { Daemon } from './daemon.ts'
import { SERVERS_HOME, start, stop } from './daemon.ts'
import { installPython } from './python.ts'

const MOTO = ['moto[server]==5.2.5']

export const installMoto = (): string => installPython('moto', MOTO)

const daemonOf = (port: number): Daemon => ({
  run: join(SERVERS_HOME, 'moto', `run-${port}`),
  command: installMoto(),
  args: ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)],
  isReady: () => answers(port),
  readySeconds: 60,
})

const answers = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/moto-api/`).then(
    ({ ok }) => ok,
    () => false,
  )

/** @returns its URL */
export async function startMoto(port: number): Promise<string> {
  await start(daemonOf(port))
  return `http://127.0.0.1:${port}`
}

export const stopMoto = (port: number): Promise<void> => stop(daemonOf(port))
