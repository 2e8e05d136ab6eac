/** The head of the seal is with the operating system before a commit is answered, and on the disk within the stated bound. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { HeadFile, readHead } from '../../streams/log/seal/head.ts'
import { SYNC_MILLIS, syncByThread } from '../../streams/log/seal/sync-thread.ts'
import { workplace } from './tools.ts'

const { path, remove } = workplace('head')
let made = 0
let folder: string
beforeEach(() => {
  folder = path(`head-${made++}`)
})
afterAll(remove)

/** Work that lets nothing else run in this thread. */
function busy(millis: number): void {
  const until = performance.now() + millis
  while (performance.now() < until);
}

test('the README of the log states the bound', () => {
  const readme = readFileSync(new URL('../../streams/log/README.md', import.meta.url), 'utf8')
  expect(readme).toContain(`its fsync begins within ${SYNC_MILLIS} ms`)
})

test('written at once, and synced once for all commits of that time, while the writer works on something else', async () => {
  const head = await HeadFile.open(folder, 'first\n')
  for (const note of ['a\n', 'b\n', 'c\n']) {
    head.write(note)
    expect(readHead(folder)).toBe(note)
  }
  busy(20 * SYNC_MILLIS)
  expect(head.syncs).toBe(1)
  // What is written after an fsync gets one of its own.
  head.write('d\n')
  busy(20 * SYNC_MILLIS)
  expect(head.syncs).toBe(2)
  head.close()
})

test('after an fsync that failed nothing more is sealed, and so nothing acknowledged', async () => {
  let fail: (error: Error) => void = () => undefined
  const head = await HeadFile.open(folder, 'first\n', (_, failed) => {
    fail = failed
    return { soon: () => undefined, syncs: () => 0, end: () => undefined }
  })
  head.write('a\n')
  fail(Object.assign(new Error('the disk failed'), { code: 'EIO' }))
  expect(() => head.write('b\n')).toThrow('the disk failed')
  head.close()
})

test('a file that can be synced no more is told by the thread', async () => {
  const failed = new Promise<Error>((resolve) => {
    syncByThread(987_654, resolve).soon()
  })
  expect((await failed).message).toContain('EBADF')
})
