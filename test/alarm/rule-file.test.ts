/** Rule files as an attacker writes them: refused by name, soon, and with nothing declared. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { writtenRule } from '../../serving/commands/alert.ts'
import { readSpec } from '../../serving/spec-file.ts'
import { refusalIn } from '../support/refusals.ts'

const folder = mkdtempSync(join(tmpdir(), 'asof-rules-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const RULE = { rule: 'feeds', severity: 'info', owner: 'desk', remedy: 'Call.', checks: '[range]' }
const fileOf = (more: Readonly<Record<string, string>>): string =>
  Object.entries({ ...RULE, ...more })
    .map(([key, value]) => `${key}: ${value}`)
    .join('\n')

const read = (text: string) => {
  const path = join(folder, 'rule.yaml')
  writeFileSync(path, text)
  return readSpec(path, writtenRule)
}

test('a rule as people write it needs five lines', async () => {
  expect(await read(fileOf({}))).toMatchObject({ version: 1, history: 60, falseAlarmsAYear: 1, things: [] })
})

test.each([
  ['an unknown key', { threshold: '3' }],
  ['an unknown check', { checks: '[rnage]' }],
  ['no check', { checks: '[]' }],
  ['a budget of nothing', { falseAlarmsAYear: '0' }],
  ['a budget without end', { falseAlarmsAYear: '.inf' }],
  ['a history that takes all memory', { history: '1000000000' }],
  ['a name of every object', { rule: '__proto__' }],
  ['a remedy that fills every screen', { remedy: 'x'.repeat(2_001) }],
  ['more things than anybody names', { things: `[${'a,'.repeat(1_001)}]` }],
])('%s is refused', async (_, more) => {
  expect(await refusalIn(read(fileOf(more)))).toBe('spec.malformed')
})

test('aliases that grow without end, and a file of any length, are refused soon', async () => {
  const level = (at: number) => `a${at}: &a${at} [${`*a${at - 1},`.repeat(9)}*a${at - 1}]`
  const bomb = ['a0: &a0 [x, x]', ...Array.from({ length: 12 }, (_, at) => level(at + 1))].join('\n')
  expect(await refusalIn(read(bomb))).toMatch(/^spec\./)
  expect(await refusalIn(read(`rule: ${'x'.repeat(20_000_000)}`))).toMatch(/^(?:spec|file)\./)
})
