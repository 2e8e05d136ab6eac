/** When a reader is taken to be damaged: by the processor time that it took and said nothing, so that a busy machine refuses no sound file. */
import { describe, expect, test } from 'vitest'
import { LOOKS, Silence, type Usage, usageOf } from '../../streams/watch/silence.ts'

const SILENT_MILLIS = 5_000
const EACH_MILLIS = SILENT_MILLIS / LOOKS

/** Looks at a process until it is to be ended. @returns after how long by the clock, and in what words */
function endOf(
  usageAt: (clockMillis: number) => Usage | null,
  heardAt: (look: number) => boolean = () => false,
) {
  let clock = 0
  const silence = new Silence(SILENT_MILLIS, () => usageAt(clock))
  for (let look = 1; look <= 5_000; look++) {
    clock = look * EACH_MILLIS
    if (heardAt(look)) silence.heard()
    const silent = silence.look()
    if (silent !== null) return { clock, silent }
  }
  return null
}

const running = (millis: number): Usage => ({ millis, isRunning: true })

describe('a reader that says nothing', () => {
  test('and works is ended after its processor time', () => {
    expect(endOf((clock) => running(300 + clock))).toEqual({
      clock: SILENT_MILLIS + EACH_MILLIS,
      silent: '5 seconds of processor time',
    })
  })

  test('is waited for where the machine gives it a fortieth of a processor, or none for an hour', () => {
    expect(endOf((clock) => running(300 + clock / 40))?.clock).toBe(40 * SILENT_MILLIS + EACH_MILLIS)
    expect(endOf(() => running(300))).toBeNull()
  })

  test('and waits for what does not come is ended all the same, by the clock', () => {
    const waits = endOf(() => ({ millis: 300, isRunning: false }))
    expect(waits).toEqual({ clock: 12 * SILENT_MILLIS + EACH_MILLIS, silent: '60 seconds' })
    expect(
      endOf(() => null),
      'where the system tells no times',
    ).toEqual(waits)
  })

  test('is not ended for what it did while nobody listened', () => {
    const busy = new Silence(SILENT_MILLIS, () => running(60_000))
    expect(busy.look()).toBeNull()
    let used = 0
    const deaf = new Silence(SILENT_MILLIS, () => {
      used += 60_000
      return running(used)
    })
    expect([deaf.look(), deaf.look()]).toEqual([null, null])
  })
})

test('one that says something now and then is waited for for ever', () => {
  expect(
    endOf(
      (clock) => running(300 + clock),
      (look) => look % LOOKS === 0,
    ),
  ).toBeNull()
})

test.runIf(process.platform === 'linux')(
  'the system tells what a process has used, and of none nothing',
  () => {
    const before = usageOf(process.pid)
    const from = process.cpuUsage()
    while (process.cpuUsage(from).user < 60_000);
    const after = usageOf(process.pid)
    expect(before?.isRunning).toBe(true)
    expect((after?.millis ?? 0) - (before?.millis ?? 0)).toBeGreaterThanOrEqual(40)
    // Its own count and the kernel's differ by a tick at most in each of the two parts.
    const { user, system } = process.cpuUsage()
    expect(Math.abs((user + system) / 1000 - (after?.millis ?? 0))).toBeLessThan(100)
    expect(usageOf(2 ** 30)).toBeNull()
    expect(usageOf(undefined)).toBeNull()
  },
)
