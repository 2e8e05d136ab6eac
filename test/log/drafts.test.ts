/** A file that is written beside its final name: nobody meets what another process left behind, though it had the same id. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { keyOf } from '../../serving/keys.ts'
import { replaceText, writeDurably } from '../../streams/log/files.ts'
import { UnsyncedFiles } from '../../streams/log/unsynced.ts'

const root = mkdtempSync(join(tmpdir(), 'asof-drafts-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

test('a process that was killed in the middle of a file keeps none of its successors from writing it', async () => {
  // In a container each process after the first has its id.
  const left = (name: string) => {
    const path = join(root, name)
    for (let n = 0; n < 8; n++)
      for (const draft of [
        `${process.pid}-${n}.tmp`,
        `${process.pid}-unsynced-${n}.tmp`,
        `${process.pid}.new`,
      ])
        writeFileSync(`${path}.${draft}`, 'half')
    return path
  }
  replaceText(left('place'), 'whole')
  await writeDurably(left('snapshot'), Buffer.from('whole'))
  const files = new UnsyncedFiles()
  await files.write(left('chunk'), Buffer.from('whole'))
  await files.sync()
  left('log.pem')
  expect(keyOf(root, 'log')).toContain('PRIVATE KEY')
  for (const name of ['place', 'snapshot', 'chunk'])
    expect(readFileSync(join(root, name), 'utf8')).toBe('whole')
})
