/** The small platform in a folder, as a program that plays it: stopped, at rest, or killed in the middle of its days. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { PlayedClock } from '../../serving/clock.ts'
import { openPlatform } from '../../serving/platform.ts'
import type { Due } from '../../streams/snapshot.ts'
import type { MemoryPlatform } from './memory-platform.ts'
import { HISTORY_DAYS, judgeOn, playDays, promoteRun } from './small-platform.ts'

/** The small platform on the disk: judged, one model promoted, and some days of life. It is open. */
export async function smallFolder(
  path: string,
  days = 6,
  due?: Due,
  onOpen: (platform: MemoryPlatform) => void = () => {},
): Promise<MemoryPlatform> {
  const platform = await openSmall(path, due)
  onOpen(platform)
  await judgeOn(platform)
  await promoteRun(platform, 'small-h3-momentum')
  await playDays(platform, HISTORY_DAYS, HISTORY_DAYS + days)
  await platform.views.catchUp()
  return platform
}

export async function openSmall(path: string, due?: Due): Promise<MemoryPlatform> {
  const moment = new PlayedClock(0)
  return { ...(await openPlatform({ path, moment, ...(due && { due }) })), moment }
}

const PLAY = 'play'

/** Snapshots of every lane whenever it is at rest. */
export const ALWAYS: Due = { events: 1, eventsAtStop: 1 }

/**
 * Plays in a process of its own, which is killed once that many days were acknowledged, and so many milliseconds after.
 * @param snapshots whether the lanes take snapshots whenever they are at rest
 */
export async function killedFolder(
  path: string,
  days: number,
  { afterMillis = 0, snapshots = false }: Readonly<{ afterMillis?: number; snapshots?: boolean }> = {},
): Promise<void> {
  const args = [import.meta.filename, PLAY, path, snapshots ? 'snapshots' : '']
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  if (child.stdout === null) throw new Error('no output')
  for await (const line of createInterface({ input: child.stdout })) {
    if (Number(line) >= days) break
  }
  if (afterMillis > 0) await setTimeout(afterMillis)
  child.kill('SIGKILL')
  await closed
}

const [, , role, path = '', kept = ''] = process.argv
if (role === PLAY) {
  const platform = await smallFolder(path, 0, kept === '' ? undefined : ALWAYS)
  for (let day = HISTORY_DAYS; ; day++) {
    await playDays(platform, day, day + 1)
    process.stdout.write(`${day - HISTORY_DAYS + 1}\n`)
  }
}
