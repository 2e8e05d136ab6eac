/** VersityGW, an S3 server over a folder (Apache-2.0), on loopback. It is built from its source, fetched as a Go module, which takes minutes. */
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Daemon, has, run, SERVERS_HOME, start, stop } from './daemon.ts'

const VERSION = 'v1.8.0'
const HOME = join(SERVERS_HOME, `versitygw-${VERSION}`)
const BINARY = join(HOME, 'versitygw')
const BUILD_MILLIS = 3_600_000

/** Whoever signs with these is its owner. */
export const VERSITYGW_KEYS = { accessKeyId: 'test', secretAccessKey: 'testtesttest' }

/** Why there is none; null where there is, or where it is asked for and can be built. */
export function versitygwMissing(isAsked = process.env.BUILD_SERVERS === '1'): string | null {
  if (existsSync(BINARY)) return null
  if (!isAsked) return 'VersityGW is not built, which takes minutes; BUILD_SERVERS=1 builds it, once'
  return has('go', ['version']) ? null : 'there is no Go on this machine to build VersityGW with'
}

/** Builds it, once; the Go toolchain and its module proxy are the machine's own. */
export function installVersitygw(): void {
  if (existsSync(BINARY)) return
  mkdirSync(HOME, { recursive: true })
  // One that was ended half way leaves no file: Go moves it here when it is whole.
  const module = `github.com/versity/versitygw/cmd/versitygw@${VERSION}`
  const environment = { GOBIN: HOME, CGO_ENABLED: '0' }
  run('go', ['install', '-ldflags', '-s -w', module], HOME, { environment, millis: BUILD_MILLIS })
}

const daemonOf = (port: number): Daemon => {
  const home = join(HOME, `run-${port}`)
  return {
    run: home,
    command: BINARY,
    args: [
      ...['--access', VERSITYGW_KEYS.accessKeyId, '--secret', VERSITYGW_KEYS.secretAccessKey],
      ...['--port', `127.0.0.1:${port}`, '--health', '/health', '--quiet'],
      ...['posix', '--versioning-dir', join(home, 'versions'), join(home, 'data')],
    ],
    isReady: () => answers(port),
    readySeconds: 30,
  }
}

const answers = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/health`).then(
    ({ ok }) => ok,
    () => false,
  )

/** @returns its URL */
export async function startVersitygw(port: number): Promise<string> {
  installVersitygw()
  const daemon = daemonOf(port)
  for (const part of ['data', 'versions']) mkdirSync(join(daemon.run, part), { recursive: true })
  await start(daemon)
  return `http://127.0.0.1:${port}`
}

/** Its objects are gone then, whatever retention they have. */
export async function wipeVersitygw(port: number): Promise<void> {
  const daemon = daemonOf(port)
  await stop(daemon)
  rmSync(daemon.run, { recursive: true, force: true })
}
