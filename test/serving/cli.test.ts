/** The command, from a data file to a promoted model, with every mistake that a person makes on the way. */
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { openPlatform } from '../../serving/platform.ts'
import { asof } from '../support/cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'asof-cli-'))
const data = join(folder, 'platform')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const write = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const declaration = write(
  'prices.yaml',
  `dataset: toy
layout: long
entityColumn: ticker
timeColumn: date
timeOfDay: "16:00"
timeZone: America/New_York
knownAt: { kind: lag, lagMicros: 300000000 }
columns: [{ name: close, unit: USD }]
`,
)

/** Prices that a formula can forecast: a slow wave of each name's own. */
function prices(): string {
  const lines = ['ticker,date,close']
  for (let day = 0; day < 320; day++) {
    const date = new Date(Date.UTC(2018, 0, 1 + day)).toISOString().slice(0, 10)
    for (const [i, ticker] of ['AA', 'BB', 'CC', 'DD', 'EE', 'FF'].entries()) {
      const wobble = Math.sin(day * 12.9898 + i * 78.233) * 0.3
      lines.push(`${ticker},${date},${(100 + 10 * Math.sin(day / 9 + i) + wobble).toFixed(4)}`)
    }
  }
  return `${lines.join('\n')}\n`
}

describe.sequential('asof', () => {
  test('help, and usage errors with exit code 2', async () => {
    for (const command of [
      'up',
      'ingest',
      'features',
      'train',
      'validate',
      'approve',
      'promote',
      'predict',
      'at',
      'log',
      'verify',
      'replay',
      'trials',
      'report',
    ]) {
      const { code, out } = await asof(data, command, '--help')
      expect([command, code]).toEqual([command, 0])
      expect(out).toContain('--json')
    }
    expect((await asof(data, 'ingest')).code).toBe(2)
    expect((await asof(data, 'no-such-command')).code).toBe(2)
    expect(readdirSync(folder)).toEqual(['prices.yaml'])
  }, 60_000)

  test('a log that is not there is refused, by name', async () => {
    const { code, err } = await asof(data, 'at', 'now', 'datasets')
    expect(code).toBe(1)
    expect(err).toContain('There is no log in')
  })

  test('ingest: good rows arrive, a malformed one is quarantined, the same file twice is one arrival', async () => {
    const file = write('prices.csv', prices().replace('AA,2018-01-05,', 'AA,2018-01-05,n/a'))
    const first = await asof(data, 'ingest', file, '--dataset', declaration, '--json')
    expect(first.err).toBe('')
    expect(first.code).toBe(0)
    const { rows, quarantine } = JSON.parse(first.out)
    expect(rows).toBe(6 * 320 - 1)
    expect(quarantine.reasons).toEqual([{ reason: 'value.not-a-number', rows: 1 }])
    const again = await asof(data, 'ingest', file, '--dataset', declaration)
    expect([again.code, again.err]).toEqual([0, ''])
    expect(again.out).toContain('has arrived in toy already')
    const lacking = await asof(
      data,
      'ingest',
      write('other.csv', 'ticker,day,close\n'),
      '--dataset',
      declaration,
    )
    expect(lacking.code).toBe(1)
    expect(lacking.err).toContain('date')
    const json = await asof(data, 'ingest', file, '--dataset', declaration, '--json')
    expect([json.code, JSON.parse(json.out)]).toEqual([
      0,
      { dataset: 'toy', source: 'prices.csv', earlier: 'prices.csv', changed: false },
    ])
  }, 30_000)

  test('features: an unknown name in a formula and an unknown data set are refused with the remedy', async () => {
    const set = (formula: string, dataset = 'toy') => `set: toy.core
version: 1
entity: instrument
dataset: ${dataset}
staleness: 10d
lag: 0s
features:
  return_1d: { formula: "close / delay(close, 1) - 1", unit: return }
  slope: { formula: "${formula}", unit: return }
`
    const wrong = await asof(data, 'features', write('wrong.yaml', set('clsoe - delay(close, 3)')))
    expect(wrong.code).toBe(1)
    expect(wrong.err).toContain('clsoe')
    expect(wrong.err).toContain('close')
    const nowhere = await asof(data, 'features', write('nowhere.yaml', set('close', 'nothing')))
    expect(nowhere.err).toContain('No data set named nothing')
    const right = await asof(
      data,
      'features',
      write('features.yaml', set('close / delay(close, 3) - 1')),
      '--json',
    )
    expect(right.code).toBe(0)
    expect(JSON.parse(right.out).rows).toBe(6 * 320 - 1)
    const changed = await asof(data, 'features', write('changed.yaml', set('close / delay(close, 4) - 1')))
    expect(changed.code).toBe(1)
    expect(changed.err).toContain('Give the changed one version 2')
  }, 30_000)

  test('verify and replay hold; a flipped byte of a chunk is named, exit code 1', async () => {
    const sound = await asof(data, 'verify', '--json')
    expect(sound.code).toBe(0)
    expect(JSON.parse(sound.out).damages).toEqual([])
    expect(sound.err, 'progress, beside the answer').toMatch(/^verify \w+: \d+ of \d+$/m)
    const again = await asof(data, 'replay', '--json')
    expect(again.code).toBe(0)
    const { compared, equal, differences } = JSON.parse(again.out)
    expect(compared).toEqual({ 'feature.ValuesComputed': 1 })
    expect(equal).toEqual(compared)
    expect(differences).toBe(0)
    const chunks = join(data, 'chunks')
    const [shard = ''] = readdirSync(chunks)
    const [file = ''] = readdirSync(join(chunks, shard))
    const path = join(chunks, shard, file)
    const bytes = readFileSync(path)
    bytes[100] ^= 1
    writeFileSync(path, bytes)
    const damaged = await asof(data, 'verify')
    expect(damaged.code).toBe(1)
    expect(damaged.out).toContain(shard + file.slice(0, 8))
    bytes[100] ^= 1
    writeFileSync(path, bytes)
  }, 30_000)

  test('at: a view as it was at a time, at a position, and beyond the head', async () => {
    const early = await asof(data, 'at', '2018-03-01T21:00Z', 'features', '--json')
    const late = await asof(data, 'at', 'now', 'features', '--json')
    expect(early.code).toBe(0)
    const valuesOf = (out: string) => JSON.parse(out).state.sets['toy.core@1'].entities.AA
    expect(valuesOf(early.out).eventTime).toBeLessThan(valuesOf(late.out).eventTime)
    const none = await asof(data, 'at', '1', 'features', '--json')
    expect(JSON.parse(none.out).state.sets).toEqual({})
    expect((await asof(data, 'at', '100000', 'features')).err).toContain('The log ends at position')
    expect((await asof(data, 'at', 'yesterday', 'features')).err).toContain('is not a moment')
    expect((await asof(data, 'at', 'now', 'nonsense')).err).toContain('There is no view named nonsense')
  }, 30_000)

  test('a wrong number is a wrong argument, and an empty proof is no proof', async () => {
    const wrong = [
      ['log', '--from', 'x'],
      ['log', '--limit', '0'],
      ['replay', '--to', '-1'],
      ['up', '--port', '70000'],
      ['review', 'm', '--fraction', '7', '--reason', 'why', '--member', 'bob', '--key', 'bob.pem'],
    ]
    for (const args of wrong) {
      const { code, err } = await asof(data, ...args)
      expect([...args, code]).toEqual([...args, 2])
      expect(err).toContain('Write a ')
    }
    const backwards = await asof(data, 'replay', '--from', '3', '--to', '2')
    expect([backwards.code, backwards.err]).toEqual([1, expect.stringContaining('not from 3 to 2')])
    const beyond = await asof(data, 'replay', '--to', '99999')
    expect([beyond.code, beyond.err]).toEqual([1, expect.stringContaining('The log ends at position')])
    const empty = await asof(data, 'replay', '--to', '1')
    expect([empty.code, empty.out]).toEqual([0, expect.stringContaining('nothing was compared')])
    for (const family of ['nobody', 'constructor', '__proto__']) {
      const { code, err } = await asof(data, 'trials', family)
      expect([code, err]).toEqual([1, expect.stringContaining(`No trial of a family ${family}`)])
    }
  }, 30_000)

  test('a second writer is refused while the first is open, and readers are not', async () => {
    const platform = await openPlatform({ path: data })
    const second = await asof(data, 'features', join(folder, 'features.yaml'))
    expect(second.code).toBe(1)
    expect(second.err).toContain('has a writer already')
    expect((await asof(data, 'log', '--limit', '3')).code).toBe(0)
    const mistyped = await asof(data, 'log', '--type', 'prediction.Mode')
    expect([mistyped.code, mistyped.err]).toEqual([1, expect.stringContaining('prediction.Made')])
    await platform.close()
  }, 30_000)

  test('promotion without a report, and approval by one who is not on the committee, are refused', async () => {
    const key = await asof(data, 'keygen', 'ada')
    const policy = write(
      'policy.yaml',
      readFileSync(new URL('../../serving/default-policy.yaml', import.meta.url), 'utf8').replace(
        'required: 2',
        `required: 1\n  members:\n    ${key.out.trim()}`,
      ),
    )
    const unsigned = await asof(data, 'policy', policy)
    expect(unsigned.err).toContain('0 of 1 signatures of ada that hold')
    const line = await asof(
      data,
      'sign-policy',
      policy,
      '--member',
      'ada',
      '--key',
      join(data, 'keys', 'ada.pem'),
    )
    appendFileSync(policy, `signatures:\n  ${line.out}`)
    const set = await asof(data, 'policy', policy)
    expect([set.code, set.err]).toEqual([0, ''])
    const promoted = await asof(data, 'promote', 'toy-model')
    expect(promoted.code).toBe(1)
    expect(promoted.err).toContain('the gate has not reported')
    const signed = await asof(
      data,
      'approve',
      'toy-model',
      '--member',
      'ada',
      '--key',
      join(data, 'keys', 'ada.pem'),
    )
    expect(signed.err).toContain('the gate has not reported')
    const keyless = await asof(data, 'approve', 'toy-model', '--member', 'ada', '--key', '/nowhere.pem')
    expect(keyless.err).toContain('There is no key at /nowhere.pem')
  }, 30_000)
})
