/** A month of minute bars: what a bar costs until its prediction is durable, and what is in memory as the month goes on. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

const NAMES = 500
const SESSIONS = 21

/** A row for each five sessions. The environment variable SESSIONS says how many there are. */
export function benchMinutes(): readonly Readonly<Record<string, number>>[] {
  const script = join(import.meta.dirname, 'minutes-case.ts')
  const args = [NAMES, Number(process.env.SESSIONS ?? SESSIONS)].map(String)
  return JSON.parse(
    execFileSync(process.execPath, ['--expose-gc', script, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  )
}
