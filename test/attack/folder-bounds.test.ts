/** Reading somebody's folder is bounded, in memory and in time without progress: what goes beyond is ended by name, and nobody waits for it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openArchive } from '../../serving/archive.ts'
import { readingBounds, verifyBounds } from '../../serving/cli/watched.ts'
import { folderAt } from '../../serving/folder.ts'
import { verifyFolder } from '../../serving/sealing.ts'
import { declare, workplace } from './tools.ts'

const { path, remove } = workplace('bounds')
const scene = path('scene')
beforeAll(() => declare(scene, ['a', 'b', 'c', 'd']))
afterAll(remove)

async function run(args: readonly string[], preload?: string) {
  const env = preload === undefined ? process.env : { ...process.env, NODE_OPTIONS: `--import ${preload}` }
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const [[code, signal], out, err] = await Promise.all([
    once(child, 'close'),
    text(child.stdout),
    text(child.stderr),
  ])
  return { code, signal, out, err }
}

const bounded = (...args: readonly string[]) =>
  run([fileURLToPath(new URL('bounded-parent.ts', import.meta.url)), ...args])

describe('reading a folder that', () => {
  it('hangs is ended, and says why', async () => {
    expect(await bounded('hangs')).toMatchObject({
      signal: 'SIGKILL',
      out: '',
      err: expect.stringMatching(
        /^Reading theirs was ended: it made no progress for 1 seconds of processor time, .*Nothing is/,
      ),
    })
  })

  it('takes all memory is ended, and says so in JSON where that was asked for', async () => {
    const { signal, err } = await bounded('takes', '--json')
    expect(signal).toBe('SIGKILL')
    const why = 'it took more than 0.4 GB of memory'
    expect(JSON.parse(err)).toMatchObject({
      error: { code: 'folder.reading-ended', detail: { folder: 'theirs', why } },
    })
  })

  it('makes progress is never ended', async () => {
    expect(await bounded('goes on')).toMatchObject({ code: 0, out: 'done\n', err: '' })
  })
})

describe('the command', () => {
  const main = fileURLToPath(new URL('../../serving/cli/main.ts', import.meta.url))
  const launcher = fileURLToPath(new URL('../../serving/cli/asof.mjs', import.meta.url))
  /** Runs in the command's own process, and in no other. */
  const beside = (name: string, code: string): string => {
    writeFileSync(path(name), `if (process.argv[1]?.endsWith('main.ts')) { ${code} }`)
    return path(name)
  }

  it.each([['verify'], ['at', 'now', 'registry']])('%s is watched', async (...args) => {
    // It ends with the first thread that it starts.
    const watch = beside('watch.mjs', `process.on('worker', () => process.exit(99))`)
    expect(await run([main, ...args, '-C', scene], watch)).toMatchObject({ code: 99 })
  })

  it.each([
    ['SIGKILL', ''],
    ['SIGABRT', 'it took more memory than its heap may have'],
  ])('that was ended by %s exits 1', async (signal, why) => {
    const dies = beside(`${signal}.mjs`, `process.kill(process.pid, '${signal}')`)
    expect(await run([launcher, 'verify', '-C', scene], dies)).toMatchObject({
      code: 1,
      err: expect.stringContaining(why),
    })
  })
})

describe('progress is', () => {
  it('each part that is verified', async () => {
    const parts = new Set<string>()
    await verifyFolder(scene, { progress: (part) => parts.add(part) })
    expect([...parts]).toEqual(['seal'])
  })

  it('each batch that is read', async () => {
    let count = 0
    const archive = openArchive(scene, () => count++)
    const batches = await Array.fromAsync(archive.log.readAll(1))
    await archive.close()
    expect([batches.length > 3, count]).toEqual([true, batches.length])
  })
})

describe('the bounds', () => {
  it('grow with the database, and not with what it only says that it has', () => {
    const { log } = folderAt(path('large'))
    mkdirSync(log, { recursive: true })
    const file = join(log, 'log.db')
    writeFileSync(file, Buffer.alloc(8 << 20, 1))
    const { silentMillis } = verifyBounds(path('large'))
    expect(silentMillis).toBeGreaterThanOrEqual(60_000 + 819)
    truncateSync(file, 2 ** 40)
    expect(verifyBounds(path('large')).silentMillis).toBe(silentMillis)
  })

  it('leave the machine a quarter of its memory', () => {
    const most = Math.min(verifyBounds(scene).residentBytes / 2 ** 30, 8)
    expect(most).toBe(Math.min(readingBounds().residentBytes / 2 ** 30, 8))
    expect(readingBounds().residentBytes).toBeLessThan(0.76 * process.constrainedMemory() || Infinity)
  })
})
