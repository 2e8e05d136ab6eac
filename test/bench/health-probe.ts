/** Asks for a page again and again, from a process of its own, until it is told to end; says how long each answer took. */
import { setTimeout } from 'node:timers/promises'

const [, , url = ''] = process.argv
const EVERY_MILLIS = 20

const millis: number[] = []
let isEnding = false
process.once('message', () => {
  isEnding = true
})
await (await fetch(url)).text()
process.send?.([])
while (!isEnding) {
  const from = performance.now()
  await (await fetch(url)).text()
  millis.push(performance.now() - from)
  await setTimeout(EVERY_MILLIS)
}
process.send?.(millis, () => process.exit())
