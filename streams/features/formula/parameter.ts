/** The kinds of parameter that an operator may take. */
import { assert } from '../../../schemas/kernel/assert.ts'
import { constantOf } from './constant.ts'
import type { Arguments, Expression, Parameter } from './expression.ts'

const literal = (value: number): Expression => ({ kind: 'number', value })

const nextInput = ({ inputs }: Arguments): Expression => {
  const input = inputs.shift()
  assert(input !== undefined, 'a call has an input for each of its series')
  return input
}

const nextNumber = ({ numbers }: Arguments): number => {
  const value = numbers.shift()
  assert(value !== undefined, 'a call has a number for each of its windows')
  return value
}

/** A series: any expression. */
export const series = (name: string): Parameter => ({
  name,
  wants: 'a series',
  otherwise: null,
  isRest: false,
  accept: (argument, { inputs }) => argument.kind !== 'duration' && inputs.push(argument) > 0,
  restore: (from) => [nextInput(from)],
})

/** Any number of series, up to the group where there is one. */
export const seriesEach = (name: string, after: number): Parameter => ({
  ...series(name),
  isRest: true,
  restore: ({ inputs }) => inputs.splice(0, inputs.length - after),
})

/** A number of rows: a positive integer, written out, so that how far back a formula reads is known before it runs. */
export const WINDOW: Parameter = {
  name: 'window',
  wants: 'a whole number of rows from 1',
  otherwise: null,
  isRest: false,
  accept: (argument, { numbers }) => {
    const value = constantOf(argument)
    return value !== null && Number.isSafeInteger(value) && value > 0 && numbers.push(value) > 0
  },
  restore: (from) => [literal(nextNumber(from))],
}

/** A length of time, written out. */
export const SPAN: Parameter = {
  name: 'window',
  wants: 'a length of time such as 30m',
  otherwise: null,
  isRest: false,
  accept: (argument, { numbers }) =>
    argument.kind === 'duration' && argument.micros > 0 && numbers.push(argument.micros) > 0,
  restore: (from) => [{ kind: 'duration', micros: nextNumber(from) }],
}

type Limits = Readonly<{ wants: string; isIn: (value: number) => boolean; otherwise?: number }>

/** A number that is written out. */
export const scalar = (name: string, { wants, isIn, otherwise }: Limits): Parameter => ({
  name,
  wants,
  otherwise: otherwise ?? null,
  isRest: false,
  accept: (argument, { numbers }) => {
    const value = constantOf(argument)
    return value !== null && isIn(value) && numbers.push(value) > 0
  },
  restore: (from) => {
    const value = nextNumber(from)
    return value === otherwise ? [] : [literal(value)]
  },
})

/** Each value of it is a group. */
export const GROUP: Parameter = { ...series('group'), wants: 'groups' }

export const X = series('x')
export const Y = series('y')
