/** What an alias stands for: a version that a committee put in force, or, where none ever governed it, the one that it was set to. */
import { expect, test } from 'vitest'
import { registry } from '../../projections/model/registry.ts'
import type { RegisteredView } from '../../projections/tracking/registrations.ts'
import { aliasesOf } from '../../serving/mlflow/verdict.ts'

const proposals = (...all: readonly (readonly [version: number, isGoverned: boolean])[]) =>
  ({
    name: 'm',
    versions: new Map([1, 2, 3].map((version) => [version, { version, artifact: `file ${version}` }])),
    proposals: all.map(([version, isGoverned]) => ({ alias: 'champion', version, isGoverned })),
  }) as unknown as RegisteredView

const inForce = (artifact: string | null) => {
  const state = registry.initial()
  return {
    ...state,
    models: artifact === null ? {} : { m: { live: { artifact }, reports: {} } },
  } as typeof state
}

test.each([
  ['nobody governs', proposals([1, false], [2, false]), null, 2],
  ['what is proposed since is not in force', proposals([1, false], [2, true]), null, undefined],
  ['what was put in force stays while another one is proposed', proposals([2, true], [3, true]), 'file 2', 2],
  ['an unjudged one is behind one in force', proposals([1, false], [2, true], [3, true]), 'file 2', 2],
  ['the one in force was withdrawn', proposals([1, false], [2, true]), 'file 3', undefined],
])('%s', (_, model, live, version) => {
  expect(aliasesOf(inForce(live), model).get('champion')).toBe(version)
})
