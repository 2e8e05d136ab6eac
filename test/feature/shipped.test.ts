/** The sets that ship are those of the library, each readable and described, and any other name is answered with theirs. */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { expect, test } from 'vitest'
import { SHIPPED_SETS, setPath, shippedPath } from '../../serving/shipped-sets.ts'
import { readFeatureSet } from '../../streams/features/set-file.ts'

const README = new URL('../../streams/features/library/README.md', import.meta.url)

test('there are these', () => {
  expect(SHIPPED_SETS).toEqual(['adjusted', 'alpha101', 'alpha158', 'insider-pressure'])
})

test.each(SHIPPED_SETS)('%s is read under its name, and described', async (name) => {
  const path = shippedPath(name)
  expect((await readFeatureSet(basename(path), readFileSync(path, 'utf8'))).set).toBe(name)
  expect(readFileSync(README, 'utf8')).toContain(`| \`${name}\` |`)
})

test('a path is a path, and a name that does not ship is answered with those that do', () => {
  expect(setPath('mine.yaml')).toBe('mine.yaml')
  expect(setPath('./mine')).toBe('./mine')
  expect(() => setPath('alpha159')).toThrow('alpha101, alpha158')
  expect(() => shippedPath('../README')).toThrow('No feature set ../README ships')
})
