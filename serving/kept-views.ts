/** Keeps what is stored of the views near the head while a server runs: whoever asks for one folds no more than what came since. */
import type { Platform } from './platform.ts'

/** Reading so many takes some 10 ms; storing what they change is not worth it sooner. */
const EVENTS = 5_000

type Keeping = Readonly<{ everyMillis: number; onError: (error: unknown) => void; events?: number }>

/** @returns stops it, and waits for what is being folded */
export function keepViews(
  { log, views }: Pick<Platform, 'log' | 'views'>,
  { everyMillis, onError, events = EVENTS }: Keeping,
): () => Promise<void> {
  const stop = new AbortController()
  let [kept, keeping]: [number, Promise<void>] = [0, Promise.resolve()]
  const keep = async (): Promise<void> => {
    const { position } = await log.head()
    // What is stored by then stays: the next one goes on from there.
    if (position - kept >= events) kept = await views.catchUp(() => stop.signal.throwIfAborted())
  }
  const tick = (): void => {
    keeping = keeping.then(keep).catch((error) => {
      if (!stop.signal.aborted) onError(error)
    })
  }
  tick()
  const timer = setInterval(tick, everyMillis)
  return async () => {
    clearInterval(timer)
    stop.abort()
    await keeping
  }
}
