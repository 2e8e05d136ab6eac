/** Debian's own chromium, for the suites of the console: the one that is there, or by apt where this user may install it. */
import { existsSync } from 'node:fs'
import { has, run } from './daemon.ts'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser']

/** Without a sandbox, which root has none of, and without anything that would ask the network. */
export const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
]

/** Why there is no chromium here, and none can be had; null where there is. */
export function chromiumMissing(): string | null {
  if (PLACES.some((place) => existsSync(place))) return null
  if (!has('apt-get')) return 'there is no chromium on this machine, and no apt-get to install it with'
  return process.getuid?.() === 0
    ? null
    : 'there is no chromium on this machine (Debian: apt-get install chromium)'
}

/** @returns the path of the browser @throws Error where it cannot be fetched */
export function installChromium(): string {
  const found = PLACES.find((place) => existsSync(place))
  if (found !== undefined) return found
  run('apt-get', ['update', '-qq'], '/')
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], '/')
  const [place] = PLACES
  return place
}
