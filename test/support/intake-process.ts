/** A platform that reads a topic, in a process of its own, until it is killed: `node intake-process.ts FOLDER OPTIONS`. */
import { openTicks } from './intake.ts'

const [, , path = '', options = ''] = process.argv
const open = await openTicks(path, JSON.parse(options) as Parameters<typeof openTicks>[1])
const say = (): void => {
  const [{ state, reason, lag }] = open.intake.status()
  process.stdout.write(`${JSON.stringify({ state, reason, lag })}\n`)
}
say()
setInterval(say, 200)
