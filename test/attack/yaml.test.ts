/** YAML is parsed by a thread where it is short, and else by a process: either is ended where a text takes too much. */
import { writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Refusal } from '../../schemas/kernel/fault.ts'
import { readSpec, writtenText } from '../../serving/spec-file.ts'
import { readDatasetFile } from '../../streams/sources/dataset-file.ts'
import { readerAt } from '../../streams/sources/reading-start.ts'
import { readYaml } from '../../streams/sources/yaml.ts'
import { yamlThread } from '../../streams/sources/yaml-thread.ts'
import { temporaryFolder } from '../data/files.ts'

const folder = temporaryFolder()
const CHILD = new URL('../../streams/sources/reading-child.ts', import.meta.url).href
const LONG = `a: 1\nb: ${'x'.repeat(1 << 14)}\n`

/** The process that parses, with something that it does when it is asked. */
const when = (asked: string, limits = {}) => {
  const code = `await import('${CHILD}'); process.on('message', () => { ${asked} })`
  return () => readerAt(folder.write(`when-${asked.length}.mjs`, code), limits)
}

describe('a text', () => {
  it('of 16 Ki characters starts no process', async () => {
    const start = () => {
      throw new Error('a process was started')
    }
    const text = `a: ${'x'.repeat((1 << 14) - 3)}`
    expect((await readYaml(text, { start })).ok).toBe(true)
    expect((await readYaml('x'.repeat(1 << 20), { start })).ok).toBe(false)
    await expect(readYaml(`${text}x`, { start })).rejects.toMatchObject({
      fault: { code: 'reader.not-started' },
    })
  })

  it('says the same wherever it is parsed', async () => {
    const text =
      'a: [1, 0x1F, 0o17, 017, null, ~, NO, 2020-01-01, "\u00e9\\0", 1e300, -0]\nb: { c: { d: [] } }\n'
    const here = await readYaml(text)
    expect(here.ok).toBe(true)
    const there = await readYaml(`${text}# ${'x'.repeat(1 << 14)}\n`)
    expect(there).toEqual(here)
    expect(await readYaml(`${LONG}a: 2\n`)).toEqual({
      ok: false,
      error: { line: 3, column: 1, why: 'the key a is there twice' },
    })
  })

  it.each<[string, unknown]>([
    [
      '010: a\n1e3: b\n0o10: c\nnull: d\n~: e\ntrue: f',
      { '010': 'a', '1e3': 'b', '0o10': 'c', null: 'd', '~': 'e', true: 'f' },
    ],
    ['9007199254740993: a', { '9007199254740993': 'a' }],
    ['a: 9007199254740991', { a: 2 ** 53 - 1 }],
    ['a: 1e300', { a: 1e300 }],
    ['a: 0e5', { a: 0 }],
    ['a: -0.00', { a: -0 }],
    ['a: 5e-324', { a: 5e-324 }],
    ['a: 0.1234567890123456789', { a: 0.12345678901234568 }],
    ['a: "1e400"', { a: '1e400' }],
    ['a: |\n  !x\n  &y\n', { a: '!x\n&y\n' }],
    ['a: "!x" # !y', { a: '!x' }],
  ])('means what it says: %j', async (text, value) => {
    expect(await readYaml(text)).toEqual({ ok: true, value })
  })

  it.each([
    ['a: 9007199254740993', 4, /would be rounded/],
    ['a: -9007199254740993', 4, /would be rounded/],
    ['a: 0x1FFFFFFFFFFFFF1', 4, /would be rounded/],
    ['a: 0o7777777777777777771', 4, /would be rounded/],
    ['a: 1e400', 4, /not a number that can be held/],
    ['a: -.inf', 4, /not a number that can be held/],
    ['a: [1, .nan]', 8, /not a number that can be held/],
    ['a: 1e-400', 4, /would be 0/],
    ['a: -0.1e-500', 4, /would be 0/],
    ['a: !!float 1', 4, /a tag \(!!float\); leave it out/],
    ['!!str 1: b', 1, /a tag/],
    ['a: ! b', 4, /a tag/],
    ['? [b]\n: c', 3, /a key is a list/],
    ['*b : c', 1, /an alias/],
    ['a: 1 # note\rb: 2', 12, /U\+000D/],
    ['\ra: 1', 1, /U\+000D/],
    ['a: b\r', 5, /U\+000D/],
    ['a: [b]: c', 7, /a colon has no key/],
    ['a: {}:', 6, /a colon has no key/],
    [': b', 1, /a colon has no key/],
    ['a: b\u0007', 5, /U\+0007/],
    ['\u0007', 1, /U\+0007/],
    ['a: "b\u001b[2J"', 6, /U\+001B/],
    ['a: b\u0085c\u0086', 7, /U\+0086/],
    ['b\ufeffa: 1', 2, /U\+FEFF/],
    ['\ufeff\ufeffa: 1', 2, /U\+FEFF/],
    ['a: \ud83d', 4, /U\+D83D/],
    ['a: "\\ud83d"', 4, /half a character/],
    ['"\\ud83d": a', 1, /half a character/],
  ])('that would mean something else is refused: %j', async (text, column, why) => {
    expect(await readYaml(text)).toEqual({
      ok: false,
      error: { line: 1, column, why: expect.stringMatching(why) },
    })
  })

  it('of another YAML is told the line that says so', async () => {
    expect(await readYaml('# a\r\n# b\r\n%YAML 1.1\r\n---\r\na: 1\r\n')).toMatchObject({
      error: { line: 3, column: 1, why: expect.stringContaining('YAML 1.1') },
    })
  })

  it.each([
    ['takes for ever', when('for (;;);'), 1_000, /its reader said nothing for 1 seconds/],
    [
      'takes all memory',
      when('const all = []; for (;;) all.push(Array(1000).fill(all.length))', { heapMegabytes: 64 }),
      20_000,
      /its reader took more memory than it may have/,
    ],
    [
      'is fatal to whoever parses it',
      when("process.kill(process.pid, 'SIGSEGV')"),
      20_000,
      /fell over \(SIGSEGV\)/,
    ],
  ])('that %s is refused, and the next one is read', async (_, start, silentMillis, why) => {
    expect(await readYaml(LONG, { start, silentMillis })).toMatchObject({
      ok: false,
      error: { why: expect.stringMatching(why) },
    })
    expect((await readYaml(LONG)).ok).toBe(true)
  })
})

describe('a short text', () => {
  it.each([
    ['takes for ever', 'for (;;);', 500, /its reader took more than 0.5 seconds; try again/],
    ['ends whatever parses it', 'process.exit(1)', 20_000, /its reader fell over/],
  ])('that %s is refused, and the next one is read', async (_, does, silentMillis, why) => {
    const path = folder.write(
      `thread-${does.length}.mjs`,
      `export const parse = (text) => { if (text !== 'next') { ${does} } return { ok: true, value: text } }`,
    )
    const thread = yamlThread(pathToFileURL(path))
    expect(await readYaml('a: 1', { thread, silentMillis })).toMatchObject({
      ok: false,
      error: { line: 1, why: expect.stringMatching(why) },
    })
    expect(await readYaml('next', { thread })).toEqual({ ok: true, value: 'next' })
  })
})

describe('a file', () => {
  it.each([
    ['Windows-1252', Buffer.from('dataset: d # Z\u00fcrich\n', 'latin1')],
    ['UTF-16', Buffer.from('\ufeffdataset: d\n', 'utf16le')],
    ['what is no text', Buffer.from([0x50, 0x4b, 3, 4, 0xff, 0xfe])],
  ])('in %s is refused by its encoding, not read with other letters', async (_, bytes) => {
    const path = folder.write('x.yaml', bytes)
    await expect(readDatasetFile(path)).rejects.toMatchObject({
      message: expect.stringContaining('it is not UTF-8; save it as that'),
      fault: { code: 'dataset.unreadable' },
    })
    expect(() => writtenText(path)).toThrow(/it is not UTF-8/)
  })

  it('with the mark of UTF-8 is read without it', async () => {
    const path = folder.path('x.yaml')
    writeFileSync(path, '\ufeffa: 1\r\n')
    expect(await readSpec(path, z.strictObject({ a: z.number() }))).toEqual({ a: 1 })
  })

  it('that is long is refused under the code and with the line that a short one has', async () => {
    const filling = `# ${'x'.repeat(1 << 14)}\n`
    for (const before of ['', filling]) {
      const path = folder.write('x.yaml', `${before}a: 1\na: 2\n`)
      const line = before === '' ? 2 : 3
      const why = `the key a is there twice at line ${line}, column 1`
      for (const read of [readDatasetFile, (at: string) => readSpec(at, z.unknown())]) {
        const refused = read(path)
        await expect(refused).rejects.toBeInstanceOf(Refusal)
        await expect(refused).rejects.toThrow(why)
        await expect(refused).rejects.toThrow(/orrect it there/)
      }
    }
  })
})
