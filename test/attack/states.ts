/** The small platform in the three states that a folder can be found in. */
import { killedFolder, smallFolder } from '../support/small-folder.ts'

/** Plays it: copied while it runs, stopped, and killed in the middle of its days. */
export async function statesIn(
  path: (part: string) => string,
  copyOf: (path: string) => string,
): Promise<Readonly<Record<'running' | 'stopped' | 'killed', string>>> {
  const stopped = path('stopped')
  const platform = await smallFolder(stopped)
  const running = copyOf(stopped)
  await platform.close()
  const killed = path('killed')
  await killedFolder(killed, 3)
  return { running, stopped, killed }
}
