/** Reads a folder within bounds of its own, as a command does, and does meanwhile what a test asks for. */
import { withinBounds } from '../../serving/cli/watched.ts'

const [, , what, json] = process.argv
// Each test meets one bound alone: taking the memory may itself take long, without progress.
const bounds =
  what === 'takes' ? { residentBytes: 4e8, silentMillis: 60_000 } : { residentBytes: 8e9, silentMillis: 200 }

await withinBounds({ folder: 'theirs', json: json === '--json' }, bounds, async (alive) => {
  const until = performance.now() + 700
  if (what === 'hangs') for (;;);
  const held: Buffer[] = []
  if (what === 'takes') for (;;) held.push(Buffer.alloc(1e7, 1))
  while (performance.now() < until) alive()
})
process.stdout.write('done\n')
