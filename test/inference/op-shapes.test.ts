/** What a runtime would broadcast to a table of all rows with all, or work out across rows, is refused before a model is run. */
import { describe, expect, test } from 'vitest'
import type { NodeForm } from '../../streams/inference/onnx-form.ts'
import { OddModel, OPERATORS, type Shape } from '../../streams/inference/op-shapes.ts'

const column: Shape = { kind: 'rows', width: 1 }
const list: Shape = { kind: 'list' }
const constant = (...dims: number[]): Shape => ({ kind: 'constant', dims })
const whole = (...values: number[]): Shape => ({ kind: 'constant', dims: [values.length], values })

function made(opType: string, inputs: readonly Shape[], axis?: number): readonly Shape[] {
  const attribute = axis === undefined ? [] : [{ name: 'axis', i: axis }]
  const making = OPERATORS.get(opType)
  if (making === undefined) throw new Error(`there is no operator ${opType}`)
  return making(inputs, { opType, attribute } as unknown as NodeForm)
}

describe('[n] and [n, 1]', () => {
  test('are told apart, so that none is added to the other', () => {
    expect(made('Reshape', [column, whole(-1)])).toEqual([list])
    expect(made('Reshape', [list, whole(-1, 1)])).toEqual([column])
    for (const other of [column, constant(1, 1), constant(4)]) {
      expect(() => made('Add', [list, other])).toThrow(OddModel)
      expect(() => made('Add', [other, list])).toThrow(OddModel)
    }
  })

  test('go on each by itself', () => {
    expect(made('Sigmoid', [list])).toEqual([list])
    expect(made('Mul', [column, constant(1, 1)])).toEqual([column])
    expect(() => made('MatMul', [list, constant(1, 1)])).toThrow(OddModel)
  })
})

test('nothing goes across rows', () => {
  for (const operator of ['Softmax', 'Flatten']) {
    expect(made(operator, [{ kind: 'rows', width: 3 }])).toEqual([{ kind: 'rows', width: 3 }])
    expect(() => made(operator, [column], 0)).toThrow(OddModel)
    expect(() => made(operator, [list])).toThrow(OddModel)
    expect(() => made(operator, [constant(4)])).toThrow(OddModel)
  }
})

test('numbers that were listed are not believed once an operator made others of them', () => {
  const columns: Shape = { kind: 'rows', width: 3 }
  expect(made('ai.onnx.ml ArrayFeatureExtractor', [columns, whole(1)])).toEqual([column])
  const [negative] = made('Neg', [whole(1)])
  expect(negative).toEqual(constant(1))
  expect(() => made('ai.onnx.ml ArrayFeatureExtractor', [columns, negative])).toThrow(OddModel)
})
