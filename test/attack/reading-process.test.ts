/** The process that reads is not trusted: one that hangs, falls over or takes too much is ended, named, and leaves nothing behind. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import { describe, expect, it } from 'vitest'
import { proposalFor, readFile } from '../../streams/sources/file.ts'
import { readerAt } from '../../streams/sources/reading-start.ts'
import type { Limits } from '../../streams/sources/room.ts'
import { arrive, factsOf, longSpec, RECEIVED_AT, temporaryFolder } from '../data/files.ts'

const folder = temporaryFolder()
const CHILD = new URL('../../streams/sources/reading-child.ts', import.meta.url).href
const PARENT = new URL('reading-parent.ts', import.meta.url).pathname
const CSV = 'entity,date,close\nA,2008-09-15,1\nB,2008-09-15,2\n'

/** A process that does what a program says in the place of the reader, or beside it. */
const instead = (code: string, limits = {}) => {
  const path = folder.write(`reader-${code.length}.mjs`, code)
  return () => readerAt(path, limits)
}
const beside = (code: string, limits = {}) => instead(`${code}\nawait import('${CHILD}')`, limits)
const HANGS = "process.on('message', () => { for (;;); })"

const read = (path: string, start: () => ChildProcess, limits: Partial<Limits> = {}) =>
  readFile(path, { spec: longSpec, receivedAt: RECEIVED_AT, start, limits }, async ({ rows }) =>
    factsOf(await Array.fromAsync(rows)),
  )

const isThere = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
/** Whoever is ended is gone a moment later. */
const gone = (pid: number) => expect.poll(() => isThere(pid), { timeout: 10_000 }).toBe(false)

describe('a reader that says nothing is ended, and its file is refused by name', () => {
  it.each(['x.csv', 'x.csv.gz', 'x.zip', 'x.ndjson', 'x.parquet', 'x.arrow'])('%s', async (name) => {
    const path = folder.write(name, name.endsWith('.gz') ? gzipSync(CSV) : CSV)
    const children: ChildProcess[] = []
    const start = () => {
      const child = beside(HANGS)()
      children.push(child)
      return child
    }
    const message = new RegExp(`${name} cannot be read: its reader said nothing for 0 seconds`)
    await expect(read(path, start, { silentMillis: 200 })).rejects.toThrow(message)
    await expect(proposalFor(path, { start, limits: { silentMillis: 200 } })).rejects.toThrow(message)
    for (const { pid = 0 } of children) await gone(pid)
  })

  it('and one that goes on is waited for, however long it takes', async () => {
    const facts = JSON.stringify({ rowCount: 0, rejects: [] })
    const start = instead(`process.send({ kind: 'ready' }); process.on('message', () => {
      let beats = 0
      const clock = setInterval(() => {
        const isDone = ++beats === 12
        process.send(isDone ? { kind: 'answer', value: ${facts}, residentBytes: 0 } : { kind: 'alive' })
        if (isDone) clearInterval(clock)
      }, 200)
    })`)
    expect(await read(folder.write('x.csv', CSV), start, { silentMillis: 2_000 })).toEqual([])
  })

  it('and nobody is called silent while this process does not listen', async () => {
    const start =
      instead(`process.send({ kind: 'ready' }); process.on('message', () => setTimeout(() => process.send(
      { kind: 'answer', value: { rowCount: 0 }, residentBytes: 0 }), 100))`)
    const facts = read(folder.write('x.csv', CSV), start, { silentMillis: 1_000 })
    const heard = setInterval(() => {
      const until = performance.now() + 1_500
      while (performance.now() < until);
      clearInterval(heard)
    })
    expect(await facts).toEqual([])
  })
})

describe('a reader that falls over is a refusal, and the next file is read', () => {
  /** As soon as there is something to say of the file. */
  const dies = (how: string) =>
    `const send = process.send.bind(process); process.send = (said) => said.kind === 'ready' ? send(said) : ${how}`

  it.each([
    [
      'SIGSEGV',
      dies("process.kill(process.pid, 'SIGSEGV')"),
      {},
      /x\.csv cannot be read: its reader fell over \(SIGSEGV\)/,
    ],
    ['SIGABRT', dies('process.abort()'), {}, /x\.csv cannot be read: its reader .*gave up \(SIGABRT\)/],
    [
      'SIGKILL',
      dies("process.kill(process.pid, 'SIGKILL')"),
      {},
      /x\.csv cannot be read: its reader .*was ended from outside \(SIGKILL\)/,
    ],
    ['exit', dies('process.exit(3)'), {}, /x\.csv cannot be read: its reader fell over \(exit code 3\)/],
    [
      'all the heap that it may have',
      dies('eval("const all = []; for (;;) all.push(Array(1000).fill(all.length))")'),
      { heapMegabytes: 64 },
      /x\.csv cannot be read: its reader took more memory than it may have/,
    ],
    [
      'memory that is not of the heap',
      dies('eval("const all = []; for (;;) all.push(Buffer.alloc(1e7, 1))")'),
      { residentBytes: 5e8 },
      /x\.csv cannot be read: its reader took more memory than it may have, or was ended from outside \(SIGKILL\)/,
    ],
  ])('%s', async (_, code, limits, message) => {
    const path = folder.write('x.csv', CSV)
    await expect(read(path, beside(code, limits), { silentMillis: 20_000 })).rejects.toMatchObject({
      message: expect.stringMatching(message),
      fault: { code: 'source.unreadable' },
    })
    expect((await arrive(path, longSpec)).rowCount).toBe(2)
  })

  it('in native code that has a file of Parquet open', async () => {
    const path = folder.path('x.parquet')
    const connection = await (await DuckDBInstance.create(':memory:')).connect()
    await connection.run(`COPY (SELECT 'A' AS entity, DATE '2008-09-15' AS date, 1.5 AS close) TO '${path}'`)
    const start = beside(dies("process.kill(process.pid, 'SIGSEGV')"))
    await expect(read(path, start)).rejects.toThrow(
      /x\.parquet cannot be read: its reader fell over \(SIGSEGV\)/,
    )
    expect((await arrive(path, longSpec)).rowCount).toBe(1)
  })

  it.each(['SIGSEGV', 'SIGKILL'] as const)('between two slices too: %s', async (signal) => {
    const children: ChildProcess[] = []
    const start = () => {
      children.push(readerAt(new URL(CHILD).pathname))
      return children[0]
    }
    const path = folder.write('x.csv', CSV)
    const cut = readFile(path, { spec: longSpec, receivedAt: RECEIVED_AT, start }, async ({ rows }) => {
      children[0].kill(signal)
      await once(children[0], 'exit')
      return Array.fromAsync(rows)
    })
    await expect(cut).rejects.toThrow(new RegExp(`x\\.csv cannot be read: its reader .*\\(${signal}\\)`))
  })
})

describe('files', () => {
  const of = (entity: string) => folder.write(`${entity}.csv`, CSV.replace('A,', `${entity},`))
  const options = { spec: longSpec, receivedAt: RECEIVED_AT }

  it('are read at the same time, each by a process of its own', async () => {
    const names = await readFile(of('X'), options, async (x) =>
      readFile(of('Y'), options, async (y) => {
        const both = await Promise.all([x, y, x, y].map(({ rows }) => Array.fromAsync(rows)))
        return both.map(([slice]) => slice?.entities.join())
      }),
    )
    expect(names).toEqual(['B,X', 'B,Y', 'B,X', 'B,Y'])
  })

  it('are gone through as often as one likes, and not once they are closed', async () => {
    const file = await readFile(of('Z'), options, async (open) => {
      expect(await Array.fromAsync(open.rows)).toEqual(await Array.fromAsync(open.rows))
      return open
    })
    await expect(Array.fromAsync(file.rows)).rejects.toThrow(/while it is open/)
  })
})

describe('whoever reads files', () => {
  const run = async (...args: readonly string[]) =>
    JSON.parse((await promisify(execFile)(process.execPath, ['--expose-gc', PARENT, ...args])).stdout)

  it('ends by itself, and so do its readers, where a caller breaks off, throws, forgets or goes', async () => {
    const { pids } = await run('ends', folder.write('x.csv', CSV))
    expect(pids).toHaveLength(4)
    for (const pid of pids) await gone(pid)
  })

  it('leaves no reader behind that hangs, even where it is killed itself', async () => {
    const path = folder.write('hangs.mjs', `${HANGS}\nawait import('${CHILD}')`)
    const parent = spawn(process.execPath, [PARENT, 'hangs', folder.write('x.csv', CSV), path])
    const [pid] = await once(parent.stdout, 'data')
    expect(isThere(Number(pid))).toBe(true)
    parent.kill('SIGKILL')
    await gone(Number(pid))
  })

  it('leaves none behind either that had not started yet', async () => {
    const path = folder.write(
      'late.mjs',
      `await new Promise((resolve) => setTimeout(resolve, 1_000)); await import('${CHILD}'); for (;;);`,
    )
    const parent = spawn(process.execPath, [PARENT, 'starts', folder.write('x.csv', CSV), path])
    const [pid] = await once(parent.stdout, 'data')
    parent.kill('SIGKILL')
    expect(isThere(Number(pid))).toBe(true)
    await gone(Number(pid))
  })

  it('holds a slice of a file, and not the file', async () => {
    const lines = Array.from({ length: 2_000 }, (_, day) => {
      const date = new Date(day * 86_400_000).toISOString().slice(0, 10)
      return Array.from({ length: 1_000 }, (_, at) => `E${at},${date},${at},${day}\n`).join('')
    })
    const path = folder.write('large.csv', `entity,date,close,volume\n${lines.join('')}`)
    const { rows, slices, mostMegabytes } = await run('holds', path)
    expect([rows, slices]).toEqual([2_000_000, 8])
    // A slice of 262,144 rows has 10 MB, the file 73.
    expect(mostMegabytes).toBeLessThan(25)
  })
})
