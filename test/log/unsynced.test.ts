/** Chunks that wait for the disk together: what it refused is never believed durable, and few files are open at a time. */
import { mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openChunkFolder } from '../../streams/log/chunks/folder.ts'

const root = mkdtempSync(join(tmpdir(), 'asof-unsynced-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

test('what one sync was refused, the next does not call durable', async () => {
  const folder = join(root, 'refused')
  const chunks = openChunkFolder(folder)
  const hash = await chunks.put(Buffer.from('an answer'), 'json')
  const [its, away] = [join(folder, hash.slice(0, 2)), join(folder, 'away')]
  renameSync(its, away)
  // Somebody who brings a chunk of his own waits for all of them.
  await expect(chunks.sync()).rejects.toMatchObject({ fault: { code: 'log.failed' } })
  renameSync(away, its)
  // The log must not go on: it would name a chunk that was removed.
  await expect(chunks.sync()).rejects.toMatchObject({ fault: { code: 'log.failed' } })
})

test.runIf(process.platform === 'linux')(
  'a chunk that is put again and again is open a few times',
  async () => {
    const chunks = openChunkFolder(join(root, 'again'))
    const before = readdirSync('/proc/self/fd').length
    for (let times = 0; times < 300; times++) await chunks.put(Buffer.from('the same'), 'json')
    expect(readdirSync('/proc/self/fd').length - before).toBeLessThan(100)
    await chunks.sync()
  },
)
