/** Single flipped bits, anywhere in a folder: each is found, or changes no answer and no proof. */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { experiments } from '../../projections/experiment/experiments.ts'
import { foldTo } from '../../projections/runner.ts'
import { NO_STORE } from '../../projections/store.ts'
import { digestOf, sha256 } from '../../schemas/kernel/canonical.ts'
import { Refusal } from '../../schemas/kernel/fault.ts'
import { openArchive } from '../../serving/archive.ts'
import { namedFault } from '../../serving/named.ts'
import { openPlatform } from '../../serving/platform.ts'
import { verifyFolder } from '../../serving/sealing.ts'
import { answer, viewNames } from '../../serving/views.ts'
import { xoshiro128 } from '../../streams/statistics/random.ts'
import { eventsOf } from '../support/memory-platform.ts'

export type Fate = 'found by verify' | 'found when opened' | 'changes nothing' | 'SILENT'
export type Flip = Readonly<{ kind: string; file: string; bit: number; fate: Fate; detail: string }>

/** Kinds of file, so that a few small ones are not lost among many chunks. */
const KINDS: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['database', /^log\/log\.db$/],
  ['write-ahead log', /^log\/log\.db-wal$/],
  ['shared memory', /-shm$/],
  ['lock', /writer\.lock$/],
  ['identity', /^log\/identity$/],
  ['seal', /^seal\//],
  ['chunk', /^chunks\//],
  ['cache', /^projections\.db/],
  ['cursor', /^lanes\/\w+\.position$/],
  ['lane snapshot', /^lanes\/\w+\/\d+\.snapshot$/],
  ['key', /^keys\//],
]

type Site = Readonly<{ kind: string; file: string; bits: number }>

function sitesIn(path: string): ReadonlyMap<string, readonly Site[]> {
  const found = new Map<string, Site[]>()
  for (const name of readdirSync(path, { recursive: true }).map(String).sort()) {
    const { size } = statSync(join(path, name))
    const file = name.replaceAll('\\', '/')
    const kind = KINDS.find(([, pattern]) => pattern.test(file))?.[0]
    if (!statSync(join(path, name)).isFile() || size === 0) continue
    if (kind === undefined) throw new Error(`a file of no kind: ${file}`)
    found.set(kind, [...(found.get(kind) ?? []), { kind, file, bits: size * 8 }])
  }
  return found
}

/** All that anybody is shown: every view now and earlier, what is called proof, and the events. */
async function answersOf(path: string): Promise<string> {
  const archive = openArchive(path)
  try {
    const { position: head } = await archive.log.head()
    const views: unknown[] = []
    for (const name of viewNames())
      for (const position of [Math.floor(head / 2), head])
        views.push((await answer(archive, name, { position })).digest)
    const confirmed = await archive.confirmed()
    const proof = await foldTo(archive.log, NO_STORE, experiments, { confirmed })
    let events = ''
    for await (const batch of archive.log.readAll(1)) events = sha256(events + JSON.stringify(batch))
    return digestOf({ head, views, proof: proof.digest, confirmed, events })
  } finally {
    await archive.close()
  }
}

/** What a writer comes to that opens the folder, and everything that it derives. */
async function openedAs(path: string): Promise<string> {
  const platform = await openPlatform({ path })
  try {
    await platform.views.catchUp()
    const facts = (await eventsOf(platform.log)).map(({ id }) => id)
    return digestOf({ facts, views: platform.views.digests() })
  } finally {
    await platform.close()
  }
}

/** Flips bits of a folder, one at a time, each on a copy of its own. */
export async function flipBits(
  of: Readonly<{ path: string; copyOf: (path: string) => string; drop: (path: string) => void }>,
  asked: Readonly<{ flips: number; seed: number }>,
): Promise<readonly Flip[]> {
  const { path, copyOf, drop } = of
  const sites = sitesIn(path)
  const uniform = xoshiro128(asked.seed)
  const pick = <T>(items: readonly T[]): T => items[Math.floor(uniform() * items.length)] as T
  const [sound, opened] = [copyOf(path), copyOf(path)]
  const expected = { answers: await answersOf(sound), opened: await openedAs(opened) }
  drop(sound)
  drop(opened)
  const flips: Flip[] = []
  for (let done = 0; done < asked.flips; done++) {
    const { kind, file, bits } = pick(sites.get(pick([...sites.keys()])) ?? [])
    const bit = Math.floor(uniform() * bits)
    const copy = copyOf(path)
    const at = join(copy, file)
    const bytes = readFileSync(at)
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    writeFileSync(at, bytes)
    flips.push({ kind, file, bit, ...(await fateOf(copy, expected)) })
    drop(copy)
  }
  return flips
}

type Expected = Readonly<{ answers: string; opened: string }>

async function fateOf(copy: string, expected: Expected): Promise<Pick<Flip, 'fate' | 'detail'>> {
  try {
    const [damage] = (await verifyFolder(copy, {})).damages
    if (damage !== undefined) return { fate: 'found by verify', detail: `${damage.place}: ${damage.problem}` }
    if ((await answersOf(copy)) !== expected.answers) return { fate: 'SILENT', detail: 'an answer changed' }
    if ((await openedAs(copy)) !== expected.opened)
      return { fate: 'SILENT', detail: 'a writer comes to something else' }
  } catch (error) {
    const fault = error instanceof Refusal ? error.fault : namedFault(error)
    if (fault === null) throw error
    return { fate: 'found when opened', detail: fault.message }
  }
  return { fate: 'changes nothing', detail: '' }
}

/** How many flips met each fate, by kind of file. */
export function countsOf(flips: readonly Flip[]): Record<string, number | string>[] {
  const kinds = [...new Set(flips.map(({ kind }) => kind))].sort()
  const fates: readonly Fate[] = ['found by verify', 'found when opened', 'changes nothing', 'SILENT']
  return [...kinds, 'all'].map((kind) => {
    const own = flips.filter((flip) => kind === 'all' || flip.kind === kind)
    const counts = fates.map((fate) => [fate, own.filter((flip) => flip.fate === fate).length])
    return { file: kind, flips: own.length, ...Object.fromEntries(counts) }
  })
}
