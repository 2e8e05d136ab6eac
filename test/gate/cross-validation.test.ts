/** Cross-validation of a run: fast sums say what plain refits say, and nothing trains on what overlaps its test. */
import { expect, test } from 'vitest'
import { crossValidation } from '../../commands/gate/sections/cross-validation.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { foldModels, scoredBy, splitOf, tradedPaths } from '../../streams/training/cross-validate.ts'
import { fitRows } from '../../streams/training/held-out.ts'
import { predictLinear } from '../../streams/training/ridge.ts'
import { designOf } from '../../streams/training/sample.ts'
import { recombined } from '../../streams/training/split/combinatorial.ts'
import { madeEvidence, policyOf, runSpec, studyIn, trainingSet } from '../support/gate.ts'
import { near } from '../support/near.ts'

const shape = { names: 8, days: 400, features: 4, seed: 3, skill: 0.1, horizon: 5 }
const run = runSpec('r', ['x0', 'x1', 'x2', 'x3'], 10)
const rule = { groups: 10, testGroups: 2, embargoMicros: 5 * MICROS_PER_DAY }

test('models from sums per group, less the purged rows, are those of a plain refit of each fold to 1e-10', () => {
  const rows = trainingSet(shape)
  const split = splitOf(rows, rule)
  const models = foldModels(rows, run, split)
  expect(models).toHaveLength(45)
  for (const [k, fold] of split.folds.entries()) {
    const plain = fitRows(rows, run, fold.train)
    near(models[k].intercept, plain.intercept, 1e-10)
    for (const [c, value] of plain.coefficients.entries()) near(models[k].coefficients[c], value, 1e-10)
  }
})

test('features far from 0 lose no digits', () => {
  const made = trainingSet(shape)
  const columns = made.columns.map(({ name, values }) =>
    name === 'x1' ? { name, values: values.map((value) => 1e4 + value) } : { name, values },
  )
  const rows = { ...made, columns }
  const split = splitOf(rows, rule)
  const models = foldModels(rows, run, split)
  for (const [k, fold] of split.folds.entries()) {
    const plain = fitRows(rows, run, fold.train)
    for (const [c, value] of plain.coefficients.entries()) near(models[k].coefficients[c], value, 1e-10)
  }
})

test('a path scores every row once, by a model that did not see its group: as the splitter recombines them', () => {
  const rows = trainingSet(shape)
  const split = splitOf(rows, rule)
  const models = foldModels(rows, run, split)
  const all = Uint32Array.from({ length: rows.length }, (_, row) => row)
  const x = designOf(rows, run.features, all)
  const byFold = models.map((model) =>
    Float64Array.from(all, (row) => predictLinear(model, x.subarray(row * 4, row * 4 + 4))),
  )
  const { paths } = tradedPaths(rows, run, { split, scored: scoredBy(rows, run, { split, models }) })
  expect(paths).toHaveLength(9)
  const again = recombined(split, byFold)
  expect(again.every((path) => path.every(Number.isFinite))).toBe(true)
  const others = scoredBy(rows, run, { split, models: models.map((_, k) => models[(k + 1) % 45]) })
  const swapped = tradedPaths(rows, run, { split, scored: others })
  expect(swapped.paths[0]).not.toEqual(paths[0])
})

test('skill shows in every path, and its absence in the fan around zero', () => {
  const policy = policyOf([])
  const found = (skill: number) => {
    const { evidence } = madeEvidence({ ...shape, days: 600, skill, horizon: 1 }, [run], policy)
    return crossValidation(run, studyIn(evidence), { rule: policy.validation, elsewhere: null })
  }
  expect(found(0.3)).toMatchObject({ kind: 'measured', value: { shareBelowZero: 0, folds: 45 } })
  const none = found(0)
  expect(none.kind === 'measured' && none.value.shareBelowZero).toBeGreaterThan(0)
})

test('labels that overlap everything leave nothing to train on, which is a reason and not a number', () => {
  const policy = policyOf([])
  const { evidence } = madeEvidence(shape, [run], policy)
  const study = studyIn(evidence)
  const last = Math.max(...study.rows.knownAt)
  const columns = study.rows.columns.map((one) =>
    one.name === 'label_to' ? { ...one, values: one.values.map(() => last + MICROS_PER_DAY) } : one,
  )
  const found = crossValidation(
    run,
    { ...study, rows: { ...study.rows, columns } },
    { rule: policy.validation, elsewhere: null },
  )
  expect(found.kind === 'insufficient' && found.reason).toMatch(/fold|train/i)
})
