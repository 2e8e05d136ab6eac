/** What the READMEs say holds: each test that they name exists. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const OURS = ['schemas', 'streams', 'commands', 'projections', 'serving', 'test']

const readmes = OURS.flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('README.md'))
    .map((path) => join(folder, path)),
)

/** Named as `Test: \`attack/seal\`` or as a path, `test/promotion/bound.test.ts`. */
function testsNamedIn(text: string): readonly string[] {
  const listed = [...text.matchAll(/Tests?:((?:\s+`[^`]+`,?)+)/g)].flatMap(([, list = '']) =>
    [...list.matchAll(/`([^`]+)`/g)].map(([, name = '']) => `test/${name}.test.ts`),
  )
  return [...listed, ...[...text.matchAll(/`(test\/[\w/-]+\.test\.ts)`/g)].map(([, path = '']) => path)]
}

test.each(readmes)('%s names tests that exist', (readme) => {
  const named = testsNamedIn(readFileSync(join(ROOT, readme), 'utf8'))
  expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
})

test('guarantees name their tests', () => {
  const all = readmes.flatMap((readme) => testsNamedIn(readFileSync(join(ROOT, readme), 'utf8')))
  expect(new Set(all).size).toBeGreaterThan(20)
})
