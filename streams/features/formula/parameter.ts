/** The kinds of parameter that an operator may take. */
import { assert } from '../../../schemas/kernel/assert.ts'
import type { Parameter } from './expression.ts'

/** A series: any expression. */
export const series = (name: string): Parameter => ({
  name,
  accept: (argument, { inputs }) => inputs.push(argument) > 0,
  restore: ({ inputs }) => {
    const input = inputs.shift()
    assert(input !== undefined, 'a call has an input for each of its series')
    return input
  },
})

/** A number of rows: a positive integer, written out, so that how far back a formula reads is known before it runs. */
export const WINDOW: Parameter = {
  name: 'window',
  accept: (argument, { numbers }) =>
    argument.kind === 'number' &&
    Number.isSafeInteger(argument.value) &&
    argument.value > 0 &&
    numbers.push(argument.value) > 0,
  restore: ({ numbers }) => {
    const value = numbers.shift()
    assert(value !== undefined, 'a call has a number for each of its windows')
    return { kind: 'number', value }
  },
}

export const X = series('x')
export const Y = series('y')
