/** What a request shows of who asks, whatever it came by. */

export type Asking = Readonly<{
  /** Every Authorization header; more than one says two things. */
  authorization: readonly string[]
  /** The id of a browser's session, from its cookie. */
  session: string | null
  /** The name in a client certificate that the configured authority signed, and when it ends. */
  certificate: Readonly<{ name: string; expires: number }> | null
  isLoopback: boolean
}>
