/** Tells of something that was wrong and was put right, on standard error. */
export const warn = (text: string): void => {
  process.stderr.write(`Warning: ${text}\n`)
}
