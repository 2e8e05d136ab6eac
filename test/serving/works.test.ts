/** Cancelling work: what has its turn is on its way into the log, and nobody is told that it is cancelled. */
import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineCommand } from '../../serving/commands/definition.ts'
import { Works } from '../../serving/commands/works.ts'
import type { Platform } from '../../serving/platform.ts'
import { memoryLog } from '../support/memory-platform.ts'
import { refusalIn } from '../support/refusals.ts'

const platform = { log: memoryLog() } as unknown as Platform

/** Long work that waits for its turn, takes it, and waits for the disk. */
function begun(trials = 1) {
  const [turn, disk] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let taken = 0
  const command = defineCommand<unknown, null>({
    ...{ name: 'a.test', about: 'A test.', input: z.unknown(), permission: 'experiment.run', isLong: true },
    async act(_platform, _input, { beginning, recorded, progress }) {
      if (trials > 1) progress?.(0, trials)
      await turn.promise
      for (let trial = 1; trial <= trials; trial++) {
        beginning?.()
        taken++
        await disk.promise
        recorded?.({ position: trial, changed: true })
      }
      return { position: trials, changed: true, answer: null }
    },
  })
  const works = new Works(platform)
  const give = (id: string, name = 'ann') =>
    works.start(command as never, { input: {}, id, subject: { name, roles: ['researcher'] } })
  const { work } = give('mine')
  work.result.catch(() => undefined)
  return { works, give, work, takeTurn: turn.resolve, write: disk.resolve, taken: () => taken }
}

test('what waits for its turn is cancelled, and never takes it', async () => {
  const { work, takeTurn, taken } = begun()
  await work.cancel('bob')
  takeTurn()
  expect(await refusalIn(work.result)).toBe('work.cancelled')
  expect([taken(), work.told.state]).toEqual([0, 'cancelled'])
})

test('what has its turn is waited for, and refused to be cancelled once it stands in the log', async () => {
  const { work, takeTurn, write, taken } = begun()
  takeTurn()
  await expect.poll(taken).toBe(1)
  expect(work.told).toMatchObject({ state: 'waiting', position: null })
  const cancelled = refusalIn(work.cancel('bob'))
  write()
  expect(await cancelled).toBe('work.begun')
  expect(await work.result).toMatchObject({ position: 1, changed: true })
  expect(await refusalIn(work.cancel('bob')), 'and a moment later').toBe('work.begun')
})

test('of several trials those that are still to come are cancelled', async () => {
  const { work, takeTurn, write, taken } = begun(50)
  takeTurn()
  await expect.poll(taken).toBe(1)
  const cancelled = work.cancel('bob')
  write()
  await cancelled
  expect(await refusalIn(work.result)).toBe('work.cancelled')
  expect(taken()).toBeLessThan(50)
  expect(work.told).toMatchObject({ state: 'cancelled', position: 1 })
})

test('work has a name that no caller makes up: two may give one id, and a number is the position of other work', async () => {
  const { works, give, work, takeTurn, write } = begun()
  const others = [give('mine', 'bob'), give('1', 'bob')].map(({ work }) => work)
  expect(works.all()).toEqual([work, ...others])
  expect(new Set(works.all().map(({ told }) => told.work)).size).toBe(3)
  expect([works.find('mine'), works.find('1')]).toEqual([undefined, undefined])
  await others[1].cancel('bob')
  takeTurn()
  write()
  await work.result
  expect(works.find('1')?.told).toMatchObject({ actor: 'ann', position: 1 })
  expect(await refusalIn(others[1].result)).toBe('work.cancelled')
})

test('what ended before it stood in the log is over, and is not said to stand there', async () => {
  const { work, takeTurn } = begun()
  await work.cancel('bob')
  takeTurn()
  await work.result.catch(() => undefined)
  const told = await work.cancel('bob').catch((error: Error) => error.message)
  expect(told).toContain('is over: it was cancelled before')
})
