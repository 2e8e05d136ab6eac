/** A run that takes longer than its caller waits. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { admission } from '../../serving/inference/admission.ts'
import { inTime } from '../../serving/inference/in-time.ts'
import { refusalIn } from '../support/refusals.ts'

test('whoever gives up is told at his time, and keeps his room for as long as the run goes on', async () => {
  const admitted = admission(1)
  const { promise: running, resolve } = Promise.withResolvers<number>()
  const asked = admitted.within(() => inTime(running, performance.now() + 5, admitted))
  expect(await refusalIn(asked)).toBe('inference.deadline')
  await sleep(1)
  expect(admitted.underWay()).toBe(1)
  expect(await refusalIn(admitted.within(async () => 1))).toBe('inference.overloaded')
  resolve(7)
  await running
  expect(admitted.underWay()).toBe(0)
})

test.each([Number.POSITIVE_INFINITY, 1e12])('in time is in time, by a deadline of %d', async (deadline) => {
  const admitted = admission(1)
  expect(await admitted.within(() => inTime(sleep(2, 7), deadline, admitted))).toBe(7)
  const failed = admitted.within(() => inTime(Promise.reject(new Error('no')), deadline, admitted))
  await expect(failed).rejects.toThrow('no')
  expect(admitted.underWay()).toBe(0)
})
