/** The source keeps the rules of CONTRIBUTING.md, and the rules catch what breaks them. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import {
  ADAPTERS,
  arrows,
  circles,
  forms,
  LOCALES,
  locales,
  type Problem,
  purity,
  STREAMS,
  streamArrows,
  VENDORS,
  vendors,
} from './support/rules.ts'
import { codeOf, readSources, type Source, sourceOf, targetOf } from './support/source.ts'

const sources = readSources()

test.each(Object.entries({ arrows, streamArrows, circles, vendors, purity, locales, forms }))(
  '%s',
  (_, rule) => {
    const problems = rule(sources).map(({ path, what }) => `${path} ${what}`)
    expect(problems).toEqual([])
  },
)

test('the wall clock is read in one file', () => {
  const reads = sources.filter(({ code }) => /\bDate\.now\b|\bnew Date\(\s*\)|\bDate\(\s*\)/.test(code))
  expect(reads.map(({ path }) => path)).toEqual(['serving/clock.ts'])
})

describe('the folders of streams/', () => {
  const parts = Object.keys(STREAMS)

  test('each arrow goes to a folder above, and is used', () => {
    for (const [part, may] of Object.entries(STREAMS)) {
      expect(
        may.filter((other) => parts.indexOf(other) >= parts.indexOf(part)),
        part,
      ).toEqual([])
      for (const other of may)
        expect(
          sources.some(
            ({ path, imports }) =>
              `${path}/`.startsWith(`streams/${part}/`) &&
              imports.some((specifier) => `${targetOf(path, specifier)}/`.startsWith(`streams/${other}/`)),
          ),
          `${part} -> ${other}`,
        ).toBe(true)
    }
  })

  test('ARCHITECTURE.md shows the same arrows', () => {
    const map = readFileSync(fileURLToPath(new URL('../ARCHITECTURE.md', import.meta.url)), 'utf8')
    const rows = [...map.matchAll(/^\| `streams\/(\w+)\/` \|.*\| ([^|]+) \|$/gm)]
    const shown = rows.map(([, part, imports]): [string, string[]] => [part, imports.split(', ').sort()])
    const allowed = Object.entries(STREAMS)
      .filter(([part]) => !part.endsWith('.ts'))
      .map(([part, may]): [string, string[]] => [
        part,
        ['schemas', ...may.filter((other) => !other.endsWith('.ts'))].sort(),
      ])
    expect(Object.fromEntries(shown)).toEqual(Object.fromEntries(allowed))
  })
})

describe('what is let off', () => {
  const isThere = (path: string) =>
    sources.some((one) => one.path === path || one.path.startsWith(`${path}/`))

  test('is there, and needs it', () => {
    for (const path of [...Object.keys(ADAPTERS), ...Object.keys(LOCALES)])
      expect(isThere(path), path).toBe(true)
    for (const path of Object.keys(LOCALES)) {
      const [source] = sources.filter((one) => one.path === path)
      expect(locales([{ ...source, path: 'streams/elsewhere.ts' }]), path).not.toEqual([])
    }
    for (const path of Object.keys(ADAPTERS)) {
      const moved = sources
        .filter((one) => one.path === path || one.path.startsWith(`${path}/`))
        .map((one) => ({ ...one, path: `streams/moved/${one.path}` }))
      expect(purity(moved), path).not.toEqual([])
    }
  })

  test('a package in more than one folder says why', () => {
    for (const [name, { folders, why }] of Object.entries(VENDORS)) {
      expect(folders.length === 1 || (why ?? '') !== '', name).toBe(true)
      for (const folder of folders) {
        const named = sources.filter((one) => one.path.startsWith(`${folder}/`)).flatMap((one) => one.imports)
        expect(
          named.some((one) => one === name || one.startsWith(`${name}/`)),
          `${name} in ${folder}`,
        ).toBe(true)
      }
    }
  })
})

const HEAD = '/** A file. */\n'
const whatOf = (rule: (sources: readonly Source[]) => Problem[], path: string, text: string): string[] =>
  rule([sourceOf(path, HEAD + text)]).map(({ what }) => what)

describe('the rules catch', () => {
  test.each([
    ['schemas/a.ts', "import { b } from '../streams/b.ts'", 1],
    ['schemas/a.ts', "import type { B } from '../streams/b.ts'", 1],
    ['schemas/a.ts', "const b = await import('../streams/b.ts')", 1],
    ['schemas/a.ts', "export { b } from '../streams/b.ts'", 1],
    ['schemas/a.ts', "import {\n  b,\n} from '../streams/b.ts'", 1],
    ['schemas/a.ts', "import '../streams/b.ts'", 1],
    ['streams/log/a.ts', "import { b } from '../features/b.ts'", 1],
    ['streams/a.ts', "import { b } from '../commands/b.ts'", 1],
    ['streams/a.ts', "import { b } from '../projections/b.ts'", 1],
    ['commands/a.ts', "import { b } from '../projections/b.ts'", 1],
    ['projections/a.ts', "import { b } from '../commands/b.ts'", 1],
    ['projections/a.ts', "import { b } from '../streams/b.ts'", 1],
    ['projections/a.ts', "import { b } from '../streams/logs/b.ts'", 1],
    ['commands/a.ts', "import { b } from '../serving/b.ts'", 1],
    ['serving/a.ts', "import { b } from '../test/b.ts'", 1],
    ['projections/a.ts', "import { b } from '../streams/log/b.ts'", 0],
    ['serving/a.ts', "import { b } from '../commands/b.ts'", 0],
    ['schemas/a.ts', "// import { b } from '../streams/b.ts'\nconst text = `from '../streams/b.ts'`", 0],
  ])('arrows: %s: %s', (path, text, count) => {
    expect(whatOf(arrows, path, text)).toHaveLength(count)
  })

  test.each([
    ['streams/log/a.ts', "import { b } from '../calendar/b.ts'", 1],
    ['streams/features/a.ts', "import { b } from '../training/b.ts'", 1],
    ['streams/portfolio/a.ts', "import type { B } from '../processor.ts'", 1],
    ['streams/fresh/a.ts', 'const b = 1', 1],
    ['streams/training/split/a.ts', "import { b } from '../../features/b.ts'", 0],
    ['streams/training/split/a.ts', "import { b } from '../b.ts'", 0],
    ['streams/calendar/a.ts', "import { b } from '../../schemas/b.ts'", 0],
    ['serving/a.ts', "import { b } from '../streams/fresh/b.ts'", 0],
  ])('arrows within streams: %s: %s', (path, text, count) => {
    expect(whatOf(streamArrows, path, text)).toHaveLength(count)
  })

  test('circles, of types too, by name', () => {
    const file = (path: string, to: string) => sourceOf(path, `${HEAD}import type { X } from './${to}.ts'`)
    const round = [file('schemas/a.ts', 'b'), file('schemas/b.ts', 'c'), file('schemas/c.ts', 'b')]
    expect(circles(round).map(({ what }) => what)).toEqual(['schemas/b.ts -> schemas/c.ts -> schemas/b.ts'])
    expect(circles(round.slice(0, 2))).toEqual([])
  })

  test.each([
    ['commands/a.ts', "import { z } from 'zod'", 1],
    ['schemas/a.ts', "import { z } from 'zod/v4'", 0],
    ['streams/log/a.ts', "import duckdb from '@duckdb/node-api/lib'", 1],
    ['streams/log/a.ts', "import left from 'left-pad'", 1],
    ['streams/log/a.ts', "import { hash } from 'node:crypto'", 0],
  ])('vendors: %s: %s', (path, text, count) => {
    expect(whatOf(vendors, path, text)).toHaveLength(count)
  })

  test.each([
    'const now = Date.now()',
    'const now = new Date()',
    'const x = Math.random()',
    "import { randomUUID } from 'node:crypto'",
    'const home = process.env.HOME',
    "const home = process['env']",
    'setTimeout(f, 1)',
    "console.log('x')",
    'await fetch(url)',
    'names.sort((a, b) => a.localeCompare(b))',
    'x.toLocaleString()',
    'new Intl.NumberFormat()',
    "import { readFileSync } from 'node:fs'",
    "import { open } from 'node:fs/promises'",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source code
    "const text = `at ${Date.now()} o'clock`",
  ])('purity: %s', (text) => {
    expect(whatOf(purity, 'streams/features/a.ts', text)).toHaveLength(1)
    expect(whatOf(purity, 'commands/a.ts', text)).toHaveLength(1)
    expect(whatOf(purity, 'serving/a.ts', text)).toEqual([])
  })

  test.each([
    'const day = new Date(millis).toISOString()',
    "const text = 'Date.now()'",
    '// Math.random() would do\nconst x = 1',
    'const pattern = /console|process\\.env/',
    'const prefetched = 1',
  ])('and let pass: %s', (text) => {
    expect(whatOf(purity, 'streams/features/a.ts', text)).toEqual([])
  })

  test.each([
    ['export default 1', 'has a default export'],
    ["export * from './b.ts'", 'exports everything of another file'],
    ['const x: any = 1', 'says any'],
    ['const x = y as any', 'says any'],
    ['const x: Map<string, any> = y', 'says any'],
    ['enum A { b }', 'has an enum'],
    ['const x = y!.z', 'asserts that something is not null'],
    ['const x = y[0]!\n', 'asserts that something is not null'],
    ['f(x!)', 'asserts that something is not null'],
  ])('forms: %s', (text, what) => {
    expect(whatOf(forms, 'schemas/a.ts', text)).toEqual([what])
  })

  test('forms: a file that is too long', () => {
    expect(whatOf(forms, 'schemas/a.ts', 'const x = 1\n'.repeat(300))).toEqual(['has 301 lines'])
    expect(whatOf(forms, 'schemas/a.ts', 'const x = 1\n'.repeat(299))).toEqual([])
  })

  test('forms: a file that does not say what it is for', () => {
    for (const text of ['const x = 1', '// A file.\nconst x = 1', '/**\n */\nconst x = 1'])
      expect(forms([sourceOf('schemas/a.ts', text)]).map(({ what }) => what)).toEqual([
        'does not begin by saying what it is for',
      ])
    expect(whatOf(forms, 'schemas/a.ts', 'const many = a !== b && !c\nconst any = 1')).toEqual([])
  })
})

test('code without its words keeps its lines and what is computed in a template', () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source code
  const text = "a('x') // y\nb = `p${c(`q${d}`)}r` /* s\n t */ + /[/'\"]u/.test(e) / f"
  const code = codeOf(text)
  expect(code).toHaveLength(text.length)
  expect(code.split('\n').map((line) => line.replaceAll(' ', ''))).toEqual([
    "a('')",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source code
    'b=`${c(`${d}`)}`',
    '+//.test(e)/f',
  ])
})
