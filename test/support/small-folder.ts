/** The small platform in a folder, as a program that plays it: stopped, at rest, or killed in the middle of its days. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { PlayedClock } from '../../serving/clock.ts'
import { openPlatform } from '../../serving/platform.ts'
import type { MemoryPlatform } from './memory-platform.ts'
import { HISTORY_DAYS, judgeOn, playDays, promoteRun } from './small-platform.ts'

/** The small platform on the disk: judged, one model promoted, and some days of life. It is open. */
export async function smallFolder(path: string, days = 6): Promise<MemoryPlatform> {
  const platform = await openSmall(path)
  await judgeOn(platform)
  await promoteRun(platform, 'small-h3-momentum')
  await playDays(platform, HISTORY_DAYS, HISTORY_DAYS + days)
  await platform.views.catchUp()
  return platform
}

export async function openSmall(path: string): Promise<MemoryPlatform> {
  const moment = new PlayedClock(0)
  return { ...(await openPlatform({ path, moment })), moment }
}

const PLAY = 'play'

/** Plays in a process of its own, which is killed once that many days were acknowledged. */
export async function killedFolder(path: string, days: number): Promise<void> {
  const args = [import.meta.filename, PLAY, path]
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  if (child.stdout === null) throw new Error('no output')
  for await (const line of createInterface({ input: child.stdout })) {
    if (Number(line) >= days) break
  }
  child.kill('SIGKILL')
  await closed
}

const [, , role, path = ''] = process.argv
if (role === PLAY) {
  const platform = await smallFolder(path, 0)
  for (let day = HISTORY_DAYS; ; day++) {
    await playDays(platform, day, day + 1)
    process.stdout.write(`${day - HISTORY_DAYS + 1}\n`)
  }
}
