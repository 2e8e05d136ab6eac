/** How the gate splits a training set: the scheme that a policy names, and the models that were made for it. */
import type { ValidationRule } from '../../schemas/events/approval.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import { splitOf } from '../../streams/training/cross-validate.ts'
import type { CombinatorialSplit } from '../../streams/training/split/combinatorial.ts'

export type Scheme = Pick<ValidationRule, 'groups' | 'testGroups' | 'embargoDays'>

export const isSameScheme = (one: Scheme, other: Scheme): boolean =>
  one.groups === other.groups && one.testGroups === other.testGroups && one.embargoDays === other.embargoDays

/** @throws Refusal as `splitOf` */
export const splitUnder = (rows: Rows, { groups, testGroups, embargoDays }: Scheme): CombinatorialSplit =>
  splitOf(rows, { groups, testGroups, embargoMicros: embargoDays * MICROS_PER_DAY })
