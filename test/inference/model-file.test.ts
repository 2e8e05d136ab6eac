/** Model files that converters make are asked as their own libraries answer; what could loop, grow or read a file is refused by what it is. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { Refusal } from '../../schemas/kernel/fault.ts'
import { scoringProcess } from '../../serving/lanes/scoring.ts'
import { onnxOf } from '../../streams/inference/linear-file.ts'
import { readModelFile } from '../../streams/inference/model-file.ts'
import { loadPredictor } from '../../streams/inference/onnx.ts'

type Vectors = Readonly<{
  good: readonly { name: string; model: string; features: readonly number[]; scores: readonly number[] }[]
  bad: readonly { name: string; model: string; why: string }[]
}>

const path = new URL('../support/vectors/onnx-models.json', import.meta.url)
const { good, bad }: Vectors = JSON.parse(readFileSync(path, 'utf8'))
const bytesOf = (text: string) => Buffer.from(text, 'base64')
const problemOf = (bytes: Uint8Array): string => {
  try {
    readModelFile(bytes)
    return ''
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return String(error.fault.detail.problem)
  }
}

describe('a file that a converter made', () => {
  test.each(good)('$name', async ({ model, features, scores }) => {
    const found = await (await loadPredictor(bytesOf(model))).predict(Float64Array.from(features), 3)
    // The files hold float32.
    for (const [row, score] of scores.entries()) expect(found[row]).toBeCloseTo(score, 5)
  })

  test('is refused for another number of features', async () => {
    const predictor = await loadPredictor(bytesOf(good[0].model))
    await expect(predictor.predict(new Float64Array(4), 4)).rejects.toThrow()
  })
})

test('a question whose rows would be more than a step may make is refused with how many may be asked about', async () => {
  const { model, features, scores } =
    good.find((one) => readModelFile(bytesOf(one.model)).widest > 3) ?? good[0]
  const { widest, columns } = readModelFile(bytesOf(model))
  expect([columns, widest > columns]).toEqual([3, true])
  const asked = Float64Array.from(features)
  const of = (mostValues: number) => loadPredictor(bytesOf(model), { mostValues })
  expect(await (await of(scores.length * widest)).predict(asked, 3)).toHaveLength(scores.length)
  const told = (await of(scores.length * widest - 1)).predict(asked, 3)
  await expect(told).rejects.toThrow(`Ask it about ${scores.length - 1} rows at a time`)
})

describe('a file that could do harm', () => {
  test.each(bad)('$name', ({ model, why }) => {
    expect(problemOf(bytesOf(model))).toContain(why)
  })

  describe('by what it has more than a good one', () => {
    const file = bytesOf(good[0].model)
    const { input, output } = readModelFile(file)
    const field = (number: number, ...parts: readonly (Uint8Array | string)[]): Buffer => {
      const content = Buffer.concat(parts.map((part) => Buffer.from(part)))
      return Buffer.concat([Buffer.of(number * 8 + 2, content.length), content])
    }
    // A message that is there twice is one of both: the graph has these nodes and constants, too.
    const withMore = (...parts: readonly Buffer[]) =>
      Buffer.concat([file, ...parts.map((part) => field(7, part))])
    const node = (operator: string, inputs: readonly string[], made: string, ...axes: readonly number[]) =>
      field(
        1,
        ...inputs.map((name) => field(1, name)),
        field(2, made),
        field(4, operator),
        ...axes.map((axis) => field(5, field(1, 'axis'), Buffer.of(24, axis))),
      )
    const constant = (name: string, ...values: readonly number[]) => {
      const raw = Buffer.from(BigInt64Array.from(values, BigInt).buffer)
      return field(5, Buffer.of(8, values.length, 16, 7), field(8, name), field(9, raw))
    }

    test.each(['Softmax', 'Flatten'])('%s over the columns, or told twice', (operator) => {
      const asked = (...axes: readonly number[]) =>
        problemOf(withMore(node(operator, [input], 'more', ...axes)))
      expect(asked(1)).toBe('')
      expect(asked(0)).toBe(`${operator} puts rows together`)
      expect(asked(1, 0)).toBe(`${operator} has an attribute twice`)
    })

    test('a list beside rows, which is a table', () => {
      const flat = [constant('as', -1), node('Reshape', [output, 'as'], 'list')]
      expect(problemOf(withMore(...flat))).toBe('')
      expect(problemOf(withMore(...flat, node('Add', ['list', output], 'table')))).toContain('a list')
      expect(problemOf(withMore(...flat, node('Softmax', ['list'], 'more')))).toContain('a list')
    })

    test('a form that is worked out', () => {
      const form = constant('as', -1, 1)
      expect(problemOf(withMore(form, node('Reshape', [output, 'as'], 'more')))).toBe('')
      const other = [form, node('Neg', ['as'], 'other'), node('Reshape', [output, 'other'], 'more')]
      expect(problemOf(withMore(...other))).toContain('puts rows together')
    })

    test('two constants of one name', () => {
      expect(problemOf(withMore(constant('as', 1), constant('as', 2)))).toContain('one name')
    })
  })

  test('is read or refused, wherever a byte of a good one is another and wherever it ends', () => {
    for (const { model } of good) {
      const bytes = bytesOf(model)
      for (let at = 0; at < bytes.length; at += 7) {
        const other = Uint8Array.from(bytes)
        other[at] ^= 0x55
        // It is read to the end, or refused by a sentence: it throws nothing else.
        expect(problemOf(other)).toEqual(expect.any(String))
        expect(problemOf(bytes.subarray(0, at))).toEqual(expect.any(String))
      }
    }
  })
})

test('a process beside a thread asks models, refuses as a thread does, and goes on after what it refused', async () => {
  const ask = scoringProcess()
  const [{ model, features, scores }] = good
  const asked = { features: Float64Array.from(features), columns: 3 }
  await expect(ask(Buffer.from('none'), asked)).rejects.toMatchObject({ fault: { code: 'model.unreadable' } })
  expect((await ask(bytesOf(model), asked))[0]).toBeCloseTo(scores[0], 5)
  const own = onnxOf({ coefficients: Float64Array.of(2), intercept: 1 }, ['f'])
  expect([...(await ask(own, { features: Float64Array.of(3, 4), columns: 1 }))]).toEqual([7, 9])
  ask.close()
})
