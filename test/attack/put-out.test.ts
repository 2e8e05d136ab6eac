/** What a user has written somewhere is whole or not there, and what lay in its way is not lost. */
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { namedFault } from '../../serving/named.ts'
import { isTaken, putFile, putFolder } from '../../serving/put-out.ts'
import { assertWritable } from '../../serving/retrieval/write.ts'
import { workplace } from './tools.ts'

const { path, remove } = workplace('put-out')
afterAll(remove)

/** No file system takes it: what is written last fails as on a full disk. */
const TOO_LONG = 'x'.repeat(300)
const put = (at: string, text: string) =>
  putFile(at, async (part) => writeFileSync(part, text, { flag: 'wx' }))

test('a file takes its place when it is done, beside what the user has under other names', async () => {
  const folder = path('files')
  mkdirSync(folder, { recursive: true })
  const at = join(folder, 'a.parquet')
  writeFileSync(`${at}.part`, 'mine')
  symlinkSync('/etc/hostname', join(folder, 'link.parquet'))
  await put(at, 'done')
  await put(join(folder, 'link.parquet'), 'done')
  await expect(
    putFile(at, async (part) => {
      writeFileSync(part, 'half')
      throw new Error('killed')
    }),
  ).rejects.toThrow('killed')
  expect(readdirSync(folder).sort()).toEqual(['a.parquet', 'a.parquet.part', 'link.parquet'])
  expect([readFileSync(at, 'utf8'), readFileSync(`${at}.part`, 'utf8')]).toEqual(['done', 'mine'])
})

test('where nothing can be written, that is said by name, before anything is read', async () => {
  const nowhere = join(path('nowhere'), 'a.parquet')
  expect(() => assertWritable(nowhere)).toThrow(/there is no folder/)
  await expect(put(nowhere, '')).rejects.toMatchObject({ fault: { code: 'output.no-folder' } })
  const folder = path('long')
  mkdirSync(folder, { recursive: true })
  const failure = await put(join(folder, TOO_LONG), '').catch((error: unknown) => error)
  expect(namedFault(failure)?.code).toBe('folder.not-writable')
})

test('a folder that cannot be finished is not begun, and can be asked for again', () => {
  const [fresh, empty] = [join(path('deep'), 'a', 'b'), path('empty')]
  mkdirSync(empty, { recursive: true })
  const files = (last: string): [string, string][] => [
    ['sub/one', '1'],
    [last, '2'],
  ]
  for (const to of [fresh, empty]) {
    expect(() => putFolder(to, files(TOO_LONG))).toThrow(/ENAMETOOLONG/)
    expect(isTaken(to)).toBe(false)
    putFolder(to, files('two'))
    expect(readdirSync(to).sort()).toEqual(['sub', 'two'])
    expect(isTaken(to)).toBe(true)
  }
  const link = path('link')
  symlinkSync('nowhere', link)
  expect([isTaken(link), existsSync(link)]).toEqual([true, false])
})
