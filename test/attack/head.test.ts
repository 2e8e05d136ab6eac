/** The head of the seal is with the operating system before a commit is answered, and on the disk within the stated bound. */
import type { NoParamCallback } from 'node:fs'
import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest'
import { HeadFile, readHead, SYNC_MILLIS } from '../../streams/log/seal/head.ts'
import { workplace } from './tools.ts'

/** Fsyncs that were asked for and not answered. */
const asked = vi.hoisted((): NoParamCallback[] => [])

vi.mock('node:fs', async (original) => ({
  ...(await original<typeof import('node:fs')>()),
  fdatasync: (_: number, answer: NoParamCallback) => asked.push(answer),
}))

const { path, remove } = workplace('head')
let made = 0
let head: HeadFile
let folder: string

beforeEach(async () => {
  asked.length = 0
  vi.useFakeTimers()
  folder = path(`head-${made++}`)
  head = await HeadFile.open(folder, 'first\n')
})
afterEach(() => vi.useRealTimers())
afterAll(remove)

test('the README of the log states the bound', () => {
  const readme = readFileSync(new URL('../../streams/log/README.md', import.meta.url), 'utf8')
  expect(readme).toContain(`on the disk it is within ${SYNC_MILLIS} ms`)
})

test('written at once, synced within the bound, once for all commits of that time', () => {
  for (const note of ['a\n', 'b\n', 'c\n']) {
    head.write(note)
    expect(readHead(folder)).toBe(note)
  }
  vi.advanceTimersByTime(SYNC_MILLIS)
  expect(asked).toHaveLength(1)
  head.close()
})

test('a commit during an fsync gets one of its own', () => {
  head.write('a\n')
  vi.advanceTimersByTime(SYNC_MILLIS)
  head.write('b\n')
  asked[0]?.(null)
  vi.advanceTimersByTime(SYNC_MILLIS)
  expect(asked).toHaveLength(2)
  head.close()
})

test('after an fsync that failed nothing more is sealed, and so nothing acknowledged', () => {
  head.write('a\n')
  vi.advanceTimersByTime(SYNC_MILLIS)
  asked[0]?.(Object.assign(new Error('the disk failed'), { code: 'EIO' }))
  expect(() => head.write('b\n')).toThrow('the disk failed')
  head.close()
})
