/** What the machine refuses is named and never a defect: a folder that may only be read, a full disk, a key that is none. */
import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, expect, test } from 'vitest'
import { existingKey, keyOf } from '../../serving/keys.ts'
import { namedFault } from '../../serving/named.ts'
import { asof } from '../support/cli.ts'
import { declare, workplace } from './tools.ts'

const { path, remove } = workplace('machine')
afterAll(remove)

const NOBODY = 65_534
const READ_ONLY = new URL('read-only.ts', import.meta.url).pathname

/** Who may do everything is asked to become somebody else, who may not. */
function asNobody(folder: string): Promise<{ code: number | null; out: string }> {
  const isRoot = process.getuid?.() === 0
  const as = isRoot ? { uid: NOBODY, gid: NOBODY } : {}
  const child = spawn(process.execPath, [READ_ONLY, folder], as)
  let out = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data) => {
      out += data
    })
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, out }))
  })
}

function everyPartOf(folder: string, folderMode: number, fileMode: number): void {
  for (const name of readdirSync(folder, { recursive: true }).map(String)) {
    const at = join(folder, name)
    chmodSync(at, statSync(at).isDirectory() ? folderMode : fileMode)
  }
  chmodSync(folder, folderMode)
}

test('a folder that may only be read is read, verified and shown', async () => {
  const folder = path('read-only')
  await declare(folder, ['a', 'b'])
  chmodSync(path('.'), 0o755)
  everyPartOf(folder, 0o555, 0o444)
  const { code, out } = await asNobody(folder)
  everyPartOf(folder, 0o755, 0o644)
  expect(out).toContain('{"damages":0,"events":2,"datasets":["a","b"],"write":"folder.not-writable"}')
  expect(code).toBe(0)
})

test('a full disk, a folder without rights and a damaged file have names', () => {
  const system = (code: string) => Object.assign(new Error(code), { code, path: '/somewhere' })
  expect(namedFault(system('ENOSPC'))).toMatchObject({ code: 'folder.full', detail: { path: '/somewhere' } })
  expect(namedFault(system('EDQUOT'))?.code).toBe('folder.full')
  expect(namedFault(system('EROFS'))?.code).toBe('folder.not-writable')
  expect(namedFault(system('EACCES'))?.code).toBe('folder.not-writable')
  expect(namedFault(new TypeError('x is not a function'))).toBeNull()
  const text = path('text')
  writeFileSync(text, 'this is no database, however long one reads in it')
  const database = new DatabaseSync(text)
  expect(namedFault(errorOf(() => database.exec('SELECT * FROM sqlite_schema')))?.code).toBe('log.unreadable')
  database.close()
  const small = new DatabaseSync(path('small'))
  small.exec('CREATE TABLE t (x); PRAGMA max_page_count = 3')
  const full = errorOf(() => small.exec('INSERT INTO t VALUES (zeroblob(100000))'))
  small.close()
  expect(namedFault(full)?.code).toBe('folder.full')
})

function errorOf(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return error
  }
}

test.each(['../../../x', './log', '..', '.', 'a/b', 'a\\b', '', ' a', '-C', 'a\nb', 'log\0'])(
  'the key name %j stays in no other folder than its own',
  (name) => {
    const folder = path('keys')
    mkdirSync(folder, { recursive: true })
    expect(() => keyOf(folder, name)).toThrow(
      expect.objectContaining({ fault: expect.objectContaining({ code: 'key.name' }) }),
    )
    expect(readdirSync(folder)).toEqual([])
  },
)

test('names of people make keys', () => {
  const folder = path('people')
  mkdirSync(folder)
  for (const name of ['cio', 'head-of-risk', 'Łukasz Nowak', 'ann@example.com', 'a.b'])
    expect(keyOf(folder, name)).toBe(keyOf(folder, name))
  expect(readdirSync(folder)).toHaveLength(5)
})

test('an empty key file, as a full disk leaves it, blocks nothing; a damaged one is named', async () => {
  const folder = path('damaged')
  mkdirSync(folder)
  writeFileSync(join(folder, 'cio.pem'), '')
  const pem = keyOf(folder, 'cio')
  expect(existingKey(join(folder, 'cio.pem'))).toBe(pem)
  writeFileSync(join(folder, 'cio.pem'), pem.replace('MC4C', 'MC4D'))
  const malformed = expect.objectContaining({ fault: expect.objectContaining({ code: 'key.malformed' }) })
  expect(() => keyOf(folder, 'cio')).toThrow(malformed)
  expect(() => existingKey(join(folder, 'cio.pem'))).toThrow(malformed)
})

test('keygen: outside its folder, or in the name of the log, is refused', async () => {
  const folder = path('keygen')
  const runs = await Promise.all(
    ['../../../x', 'LOG', 'log.next'].map((name) => asof(folder, 'keygen', name)),
  )
  for (const { code } of runs) expect(code).toBe(1)
  expect(existsSync(path('x.pem'))).toBe(false)
  expect(await asof(folder, 'keygen', 'cio')).toMatchObject({ code: 0 })
  expect(readFileSync(join(folder, 'keys', 'cio.pem'), 'utf8')).toContain('PRIVATE KEY')
})
