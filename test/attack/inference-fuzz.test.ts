/** Mutated requests at both doors of inference: each is answered, or refused with its status and sentence, and the server goes on. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Fuzzer } from './inference-fuzz.ts'

const RUNS = Number(process.env.RUNS ?? 1_500)
const SEED = Number(process.env.SEED ?? 1)

let fuzzer: Fuzzer

beforeAll(async () => {
  fuzzer = await Fuzzer.open()
})
afterAll(() => fuzzer.close())

test(`${RUNS} mutated requests crash nothing, and what is answered is recorded`, async () => {
  const { wrong, answered, recorded, statuses } = await fuzzer.run(RUNS, SEED)
  expect(wrong).toEqual([])
  expect(recorded).toBe(answered)
  // Both answers and refusals came back from both doors.
  expect(Object.keys(statuses)).toEqual(
    expect.arrayContaining(['http 200', 'http 400', 'grpc OK', 'grpc INVALID_ARGUMENT']),
  )
}, 120_000)

test('bytes that are no HTTP/2 end their connection, and nothing else', async () => {
  await fuzzer.noise(40, SEED)
  expect(await fuzzer.isAlive()).toBe(true)
})
