/** Handling of commands: load, decide, append, and try again. */
import { expect, test } from 'vitest'
import { dataset } from '../../commands/data/dataset.ts'
import type { Decider } from '../../commands/decider.ts'
import { handle, Memory } from '../../commands/handle.ts'
import { accept, reject } from '../../commands/rejections.ts'
import { Reviewed } from '../../schemas/events/capital.ts'
import type { EventLog } from '../../streams/log/port.ts'
import { eventsOf, memoryLog } from '../support/memory-platform.ts'
import { SMALL_DATASET } from '../support/small-platform.ts'
import { CONTEXT } from './given.ts'

const NOW = { eventTime: 1, knownAt: 1 }

/** Nothing looks into it but at its fraction. */
const REVIEW = { model: 'm', artifact: 'a', measurement: 1, member: 'bob', signature: '', expires: null }

/** Counts: each command adds an event that says how many there were before; nothing beyond ten. */
const counter: Decider<string, number> = {
  initial: () => 0,
  evolve: (count) => count + 1,
  decide: (reason, count) =>
    count === 10
      ? reject('capital.nothing-to-review', { model: 'm' })
      : accept(Reviewed.draft({ ...REVIEW, fraction: count / 10, reason }, NOW)),
}

const partsOf = (log: EventLog = memoryLog()) => ({ log, memory: new Memory() })
const command = (commandId: string, stream = 'capital-m') =>
  ({ stream, command: commandId, commandId, context: CONTEXT }) as const

const countsIn = async (log: EventLog) =>
  (await eventsOf(log)).map(({ data }) => (data as { fraction: number }).fraction * 10)

/** A log in which somebody else appends first, so many times. */
function beaten(log: EventLog, times: number): EventLog {
  let left = times
  return {
    ...log,
    append: async (batch) => {
      if (left > 0) {
        left--
        const other = { ...batch, commandId: `other-${left}`, actor: 'eve' }
        await log.append({ ...other, expected: await log.revisionOf(batch.stream) })
      }
      return log.append(batch)
    },
  }
}

test('each command sees what the earlier ones did', async () => {
  const parts = partsOf()
  for (const id of ['a', 'b', 'c'])
    expect(await handle(parts, counter, command(id))).toMatchObject({ ok: true })
  expect(await countsIn(parts.log)).toEqual([0, 1, 2])
})

test('a conflict is decided anew on what was appended in between', async () => {
  const log = memoryLog()
  const handled = await handle(partsOf(beaten(log, 4)), counter, command('a'))
  expect(handled).toEqual({ ok: true, value: { position: 5, changed: true } })
  expect((await countsIn(log)).at(-1)).toBe(4)
})

test('after five conflicts it is given up, by name', async () => {
  const handled = await handle(partsOf(beaten(memoryLog(), 5)), counter, command('a'))
  expect(handled).toMatchObject({ ok: false, error: { code: 'command.contended' } })
})

test('a conflict can turn the decision into a refusal', async () => {
  const log = memoryLog()
  const parts = partsOf(log)
  for (let i = 0; i < 9; i++) await handle(parts, counter, command(`${i}`))
  const handled = await handle(partsOf(beaten(log, 1)), counter, command('last'))
  expect(handled).toMatchObject({ ok: false, error: { code: 'capital.nothing-to-review' } })
})

test('a refused command writes nothing, and its id may be used again', async () => {
  const parts = partsOf()
  for (let i = 0; i < 10; i++) await handle(parts, counter, command(`${i}`))
  const before = await eventsOf(parts.log)
  const refused = { ok: false, error: { code: 'capital.nothing-to-review', detail: { model: 'm' } } }
  expect(await handle(parts, counter, command('last'))).toMatchObject(refused)
  expect(await eventsOf(parts.log)).toEqual(before)
  expect(await handle(parts, counter, command('last', 'capital-n'))).toMatchObject({ ok: true })
})

test('the same command id again changes nothing and gets the same answer, also after the memory is lost', async () => {
  const parts = partsOf()
  await handle(parts, counter, command('a'))
  await handle(parts, counter, command('b'))
  const again = { ok: true, value: { position: 1, changed: false } }
  expect(await handle(parts, counter, command('a'))).toEqual(again)
  expect(await handle(partsOf(parts.log), counter, command('a'))).toEqual(again)
  expect(await countsIn(parts.log)).toEqual([0, 1])
})

test('a command that is already so changes nothing', async () => {
  const parts = partsOf()
  const declare = { kind: 'declare', spec: SMALL_DATASET } as const
  await handle(parts, dataset, { ...command('a'), command: declare })
  const handled = await handle(parts, dataset, { ...command('b'), command: declare })
  expect(handled).toEqual({ ok: true, value: { position: 1, changed: false } })
})

test('the command id of another stream is refused', async () => {
  const parts = partsOf()
  await handle(parts, counter, command('a'))
  const reused = handle(parts, counter, command('a', 'capital-n'))
  await expect(reused).rejects.toMatchObject({ fault: { code: 'log.command-reused' } })
})

test('commands at the same time each see all the others, none of them twice', async () => {
  const parts = partsOf()
  for (let i = 0; i < 3; i++) await handle(parts, counter, command(`${i}`))
  // A memory that has read nothing yet is shared by commands that all read it.
  const fresh = { log: parts.log, memory: new Memory() }
  const handled = await Promise.all(['x', 'y', 'z'].map((id) => handle(fresh, counter, command(id))))
  expect(handled.every((one) => one.ok)).toBe(true)
  expect(await countsIn(parts.log)).toEqual([0, 1, 2, 3, 4, 5])
})
