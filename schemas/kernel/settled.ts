/** Waits for all of them, and then fails as the first that failed. */
export async function settled(working: readonly Promise<unknown>[]): Promise<void> {
  const outcomes = await Promise.allSettled(working)
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}
