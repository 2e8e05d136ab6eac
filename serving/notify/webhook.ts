/** Posts JSON to who is told of something, and takes nothing but a 2xx for an answer. */

/** Whoever does not answer by then is asked again later. */
const PATIENCE_MILLIS = 10_000

/** The other side answered, and not that it took what was posted. */
export class NotTaken extends Error {
  readonly status: number
  constructor(status: number) {
    super(`it answered ${status}`)
    this.status = status
  }
}

export type Post = (body: unknown) => Promise<void>

/**
 * @param token sent as a bearer
 * @returns what throws an Error that names the status, or that nobody answered; never the token
 */
export function poster(url: string, token: string | null, patienceMillis: number = PATIENCE_MILLIS): Post {
  const headers = {
    'content-type': 'application/json',
    ...(token !== null && { authorization: `Bearer ${token}` }),
  }
  return async (body) => {
    const answer = await fetch(url, {
      ...{ method: 'POST', headers, body: JSON.stringify(body) },
      // A token is shown to whom it was given for, and to nobody that he names.
      redirect: 'error',
      signal: AbortSignal.timeout(patienceMillis),
    }).catch((error: Error) => {
      throw new Error(reasonOf(error, patienceMillis))
    })
    // What it says is of no use, and may have no end.
    await answer.body?.cancel()
    if (!answer.ok) throw new NotTaken(answer.status)
  }
}

function reasonOf(error: Error, patienceMillis: number): string {
  if (error.name === 'TimeoutError') return `it did not answer within ${patienceMillis / 1000} s`
  const { cause } = error
  return cause instanceof Error ? cause.message : error.message
}
