/** What a trainer runs in, as one digest: the file that locks it, the program, and the records of what is installed. */
import { readdir, readFile, realpath } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { TrainerSpec } from '../../schemas/events/trainer.ts'
import { digestOf, sha256 } from '../../schemas/kernel/canonical.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { EnvironmentConfig } from './config.ts'

type Found = Pick<TrainerSpec, 'environment' | 'program' | 'installed' | 'platform' | 'unlocked'>
type Asked = Readonly<{ name: string; config: EnvironmentConfig; lockfile: Buffer | null }>

/** @throws Refusal `trainer.unreadable-environment` */
export async function environmentOf({ name, config, lockfile }: Asked): Promise<Found> {
  const locked = lockfile === null ? null : sha256(lockfile)
  const { records, ...parts } = await stockOf(name, config)
  const unlocked = lockfile === null ? [] : differencesOf(String(lockfile), records)
  return { ...parts, unlocked: [...unlocked], environment: digestIn(parts, config, locked) }
}

/** What the digest of an environment is now. @param locked SHA-256 of the lockfile @throws as `environmentOf` */
export async function environmentDigest(
  name: string,
  config: EnvironmentConfig,
  locked: string | null,
): Promise<string> {
  const { records: _, ...parts } = await stockOf(name, config)
  return digestIn(parts, config, locked)
}

type Parts = Pick<Found, 'program' | 'installed' | 'platform'>

const digestIn = (parts: Parts, { run, mounts }: EnvironmentConfig, locked: string | null): string =>
  digestOf({ ...parts, run, mounts, locked })

async function stockOf(name: string, { run, mounts }: EnvironmentConfig) {
  try {
    const program = sha256(await readFile(await realpath(run[0])))
    const records = await recordsIn(mounts)
    const sorted = [...records].sort(([one], [other]) => (one < other ? -1 : 1))
    const installed = records.size === 0 ? null : digestOf(sorted)
    return { program, installed, platform: `${process.platform}-${process.arch}`, records }
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error
    throw refuse('trainer.unreadable-environment', { environment: name, problem: error.message })
  }
}

/** Of each Python package there its name and version, and the SHA-256 of its record, which has the hash of each of its files. */
async function recordsIn(folders: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  for (const folder of folders) {
    const places = await sitesIn(folder)
    for (const place of places)
      for (const entry of await readdir(place)) {
        if (!entry.endsWith('.dist-info')) continue
        const record = await readFile(join(place, entry, 'RECORD')).catch(() => Buffer.from(''))
        found.set(basename(entry, '.dist-info'), sha256(record))
      }
  }
  return found
}

/** The folders that Python keeps packages in, below one that is mounted. */
async function sitesIn(folder: string): Promise<readonly string[]> {
  const versions = await readdir(join(folder, 'lib')).catch((): string[] => [])
  const sites = versions
    .filter((one) => one.startsWith('python'))
    .map((one) => join(folder, 'lib', one, 'site-packages'))
  const own = await Promise.all(
    [folder, ...sites].map(async (site) => ((await isFolder(site)) ? [site] : [])),
  )
  return own.flat()
}

const isFolder = (path: string): Promise<boolean> =>
  readdir(path).then(
    () => true,
    () => false,
  )

/** A line of a lockfile of pip or uv that names one version of one package. */
const PINNED = /^([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?==([^\s;\\]+)/

/** What a lockfile in the form of pip names and is not there so. Another lockfile is taken by its digest alone. */
function differencesOf(lockfile: string, records: ReadonlyMap<string, string>): readonly string[] {
  const there = new Set([...records.keys()].map((entry) => normalOf(entry)))
  return lockfile
    .split('\n')
    .flatMap((line) => {
      const [, name, version] = PINNED.exec(line.trim()) ?? []
      return name === undefined ? [] : [`${name}-${version}`]
    })
    .filter((pinned) => !there.has(normalOf(pinned)))
}

/** Names of packages differ in case and in the signs between words. */
const normalOf = (entry: string): string => {
  const at = entry.lastIndexOf('-')
  return `${entry
    .slice(0, at)
    .toLowerCase()
    .replace(/[-_.]+/g, '-')}-${entry.slice(at + 1)}`
}
