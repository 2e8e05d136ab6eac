/** Acts in turn, and how long one waits for those behind it. */
import { expect, test } from 'vitest'
import { inTurn } from '../../serving/turn.ts'

const soon = Promise.resolve()

test('one act is over before the next begins, also where one fails', async () => {
  const turn = inTurn()
  const seen: string[] = []
  const act = (name: string, fails = false) =>
    turn(async () => {
      seen.push(`${name} begins`)
      await soon
      seen.push(`${name} ends`)
      if (fails) throw new Error(name)
    })
  const ended = await Promise.allSettled([act('a'), act('b', true), act('c')])
  expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
  expect(turn.waiting()).toBe(0)
})

test('acts that wait for a lull have it when the last of them has acted', async () => {
  const turn = inTurn()
  const seen: string[] = []
  const lulls: Promise<unknown>[] = []
  const act = (name: string) =>
    turn(async () => {
      seen.push(name)
      lulls.push(turn.lull().then(() => seen.push(`${name} goes on`)))
    })
  await Promise.all([act('a'), act('b'), act('c')])
  await Promise.all(lulls)
  expect(seen.slice(0, 3)).toEqual(['a', 'b', 'c'])
  expect(seen.slice(3).toSorted()).toEqual(['a goes on', 'b goes on', 'c goes on'])
})

test('an act behind which others always wait goes on all the same', async () => {
  const turn = inTurn()
  const { promise: held, resolve } = Promise.withResolvers<void>()
  const acts = [turn(() => held), turn(() => held)]
  await turn.lull()
  expect(turn.waiting()).toBe(2)
  resolve()
  await Promise.all(acts)
})
