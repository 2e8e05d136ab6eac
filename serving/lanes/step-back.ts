/** A thread steps back behind those that somebody waits for. */

/** The least that Linux gives: a thread that is alone has a core to itself all the same. */
const NICENESS = 19

/** Where the machine has no such priorities for threads (macOS gives them to processes alone), nothing is changed. */
export async function stepBack(): Promise<void> {
  if (process.platform === 'darwin') return
  const { nice } = await import('@napi-rs/nice').catch(() => ({ nice: null }))
  nice?.(NICENESS)
}
