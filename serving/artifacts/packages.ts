/** Which packages a run had: those that a digest in the log proves, and none where it does not. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isBuiltIn, type RunSpec } from '../../schemas/events/experiment.ts'
import type { TrainerSpec } from '../../schemas/events/trainer.ts'
import { sha256 } from '../../schemas/kernel/canonical.ts'
import { environmentAt, environmentDigest } from '../environment.ts'
import { ROOT } from '../root.ts'
import type { Package } from './sbom.ts'

/** @param code the files of the trainer's commit, as a tar; null for one that is built in */
export function packagesOf(
  run: Pick<RunSpec, 'trainer' | 'environment'>,
  {
    trainer,
    code,
    root = ROOT,
  }: Readonly<{ trainer: TrainerSpec | null; code: Uint8Array | null; root?: string }>,
): readonly Package[] {
  if (isBuiltIn(run))
    return run.environment === environmentDigest(environmentAt(root))
      ? installedIn(readFileSync(join(root, 'package-lock.json'), 'utf8'))
      : []
  const lockfile = trainer?.lockfile ?? null
  if (lockfile === null || code === null) return []
  const text = fileIn(code, lockfile.path)
  return text !== null && sha256(text) === lockfile.sha256 ? pinnedIn(Buffer.from(text).toString()) : []
}

type Locked = Readonly<Record<string, Readonly<{ version?: string; integrity?: string; dev?: boolean }>>>

/** What npm installs to run, and not to work on it. */
function installedIn(lockfile: string): readonly Package[] {
  const { packages } = JSON.parse(lockfile) as { packages: Locked }
  return Object.entries(packages).flatMap(([path, { version, integrity, dev }]) => {
    const [, name] = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path) ?? []
    if (name === undefined || version === undefined || dev === true) return []
    const [, base64] = /^sha512-(.+)$/.exec(integrity ?? '') ?? []
    const hash = base64 === undefined ? null : Buffer.from(base64, 'base64').toString('hex')
    return [{ ecosystem: 'npm' as const, name, version, hash }]
  })
}

/** A line of a lockfile of pip or uv that names one version of one package. */
const PINNED = /^([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?==([^\s;\\]+)/

const pinnedIn = (lockfile: string): readonly Package[] =>
  lockfile.split('\n').flatMap((line) => {
    const [, name, version] = PINNED.exec(line.trim()) ?? []
    // PEP 503: names are compared so.
    const normal = name?.toLowerCase().replace(/[-_.]+/g, '-')
    return normal === undefined || version === undefined
      ? []
      : [{ ecosystem: 'pypi' as const, name: normal, version, hash: null }]
  })

const BLOCK = 512

/** A file of a tar as git writes it (POSIX ustar); null where it is not there. */
export function fileIn(tar: Uint8Array, path: string): Uint8Array | null {
  const bytes = Buffer.from(tar.buffer, tar.byteOffset, tar.byteLength)
  const text = (from: number, length: number) => bytes.toString('utf8', from, from + length).split('\0')[0]
  for (let at = 0; at + BLOCK <= bytes.length; ) {
    const [name, prefix] = [text(at, 100), text(at + 345, 155)]
    const size = Number.parseInt(text(at + 124, 12).trim() || '0', 8)
    if (!Number.isInteger(size)) return null
    const from = at + BLOCK
    if ((prefix === '' ? name : `${prefix}/${name}`) === path) return bytes.subarray(from, from + size)
    at = from + Math.ceil(size / BLOCK) * BLOCK
  }
  return null
}
