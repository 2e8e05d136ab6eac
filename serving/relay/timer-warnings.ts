/** Each connection of the Kafka client sets a timer into the past, of which Node would tell every time. */
export function withoutTimerWarnings(): void {
  const { emitWarning } = process
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]) => {
    if (rest[0] === 'TimeoutNegativeWarning') return
    ;(emitWarning as (...all: unknown[]) => void)(warning, ...rest)
  }) as typeof process.emitWarning
}
