/** A thread steps back behind those that somebody waits for. */

/**
 * A tenth of a core that others want too, on Linux; all of one that nobody wants. The least there is (19) would be a seventieth: beside two other
 * busy processes on two cores, a training of 2 s then takes minutes.
 */
const NICENESS = 10

/** Where the machine has no such priorities for threads (macOS gives them to processes alone), nothing is changed. */
export async function stepBack(): Promise<void> {
  if (process.platform === 'darwin') return
  const { nice } = await import('@napi-rs/nice').catch(() => ({ nice: null }))
  nice?.(NICENESS)
}
