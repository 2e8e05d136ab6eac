/** What the documents promise: every guarantee names a test that exists. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const OURS = ['schemas', 'streams', 'commands', 'projections', 'serving', 'test']

const documents = [
  'README.md',
  'ARCHITECTURE.md',
  ...OURS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('README.md'))
      .map((path) => join(folder, path)),
  ),
]

const quotedIn = (list: string) =>
  [...list.matchAll(/`([^`]+)`/g)].map(([, name = '']) => `test/${name}.test.ts`)

/** The rows of tables that say of an attack in which test it fails. */
const rowsIn = (text: string): readonly string[] =>
  [...text.matchAll(/^\| attack \| test \|\n.*\n((?:\|.*\n?)+)/gm)].flatMap(([, rows = '']) =>
    rows.trim().split('\n'),
  )

/** Of the last cell alone: an attack may be about something that is quoted. */
const testsOfRow = (row: string): readonly string[] => quotedIn(row.split('|').at(-2) ?? '')

/** Named as `Test: \`attack/seal\``, in a table of attacks, or as a path, `test/promotion/bound.test.ts`. */
function testsNamedIn(text: string): readonly string[] {
  const listed = [...text.matchAll(/\bTests?:((?:\s+`[^`]+`,?)+)/g)].flatMap(([, list = '']) =>
    quotedIn(list),
  )
  listed.push(...rowsIn(text).flatMap(testsOfRow))
  return [...listed, ...[...text.matchAll(/`(test\/[\w/-]+\.test\.ts)`/g)].map(([, path = '']) => path)]
}

/** Headings of what is promised: not of what is not. */
const PROMISES = /^(?:guarantee[sd]?|what (?:it )?(?:holds|guarantees)|what is proven|invariants)\b/i

/** The bullets under such a heading, each with the lines that go on with it. */
function promisesIn(text: string): readonly string[] {
  const promises: string[] = []
  let [inside, fenced] = [false, false]
  for (const line of text.split('\n')) {
    if (line.startsWith('```')) fenced = !fenced
    const heading = fenced ? undefined : /^#+ (.*)$/.exec(line)?.[1]
    if (heading !== undefined) inside = PROMISES.test(heading)
    else if (inside && line.startsWith('- ')) promises.push(line)
    else if (inside && line.startsWith('  ')) promises.push(`${promises.pop() ?? ''}\n${line}`)
  }
  return promises
}

describe.each(documents)('%s', (path) => {
  const text = readFileSync(join(ROOT, path), 'utf8')

  test('names tests that exist', () => {
    expect(testsNamedIn(text).filter((named) => !existsSync(join(ROOT, named)))).toEqual([])
  })

  test('names a test for each promise', () => {
    expect(promisesIn(text).filter((promise) => testsNamedIn(promise).length === 0)).toEqual([])
  })
})

test('each attack has a test, and one without is caught', () => {
  const text = readFileSync(join(ROOT, 'test/attack/README.md'), 'utf8')
  expect(rowsIn(text).length).toBeGreaterThan(50)
  expect(rowsIn(text).filter((row) => testsOfRow(row).length === 0)).toEqual([])
  const made = '| attack | test |\n|---|---|\n| a `b` | `c/d`, `e` |\n| none | |\n'
  expect(rowsIn(made).map(testsOfRow)).toEqual([['test/c/d.test.ts', 'test/e.test.ts'], []])
})

test('a promise is found under each way to write the heading, and a promise without a test is caught', () => {
  const kept = '- It holds.\n  Tests: `a/b`,\n  `c` (a word).\n- So does this (`test/d.test.ts`).'
  for (const heading of ['## Guarantees', '## Guaranteed', '## What it guarantees', '# Invariants'])
    expect(promisesIn(`${heading}\n\n${kept}\n\n## Not guaranteed\n\n- Luck.`)).toHaveLength(2)
  expect(testsNamedIn(kept)).toEqual(['test/a/b.test.ts', 'test/c.test.ts', 'test/d.test.ts'])
  expect(testsNamedIn(promisesIn('## Guarantees\n\n- It holds.')[0])).toEqual([])
})

test('the folders that have guarantees state them', () => {
  const silent = documents.filter((path) => promisesIn(readFileSync(join(ROOT, path), 'utf8')).length === 0)
  // What is beside the code: samples and outside vectors.
  expect(silent).toEqual([
    'streams/features/library/README.md',
    'serving/sample/us12/README.md',
    'serving/sample/us20/README.md',
    'test/support/vectors/README.md',
  ])
})
