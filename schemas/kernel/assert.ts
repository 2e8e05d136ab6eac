/** Assertions for programmer errors; they stay on in production, because a wrong fund is worse than a stopped one. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`)
}
