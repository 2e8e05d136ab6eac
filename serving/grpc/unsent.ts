/** Calls whose message is not there: HTTP/2 keeps a stream open for as long as its caller likes, with the part of a message that came. */
import type { ServerHttp2Stream } from 'node:http2'
import { ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js'
import { type FaultCode, refuse } from '../../schemas/kernel/fault.ts'
import { failedCall } from './door.ts'

export type UnsentBounds = Readonly<{
  /** A message that comes within this time after the head of its call is not late. */
  soonMillis: number
  /** When a late one is given up, as a body over HTTP is. */
  millis: number
  /** So many late ones are waited for, on all connections together. */
  most: number
}>

const BOUNDS: UnsentBounds = { soonMillis: 1_000, millis: 15_000, most: 64 }

/** Ends a call whose one message does not come in time. Who opens a stream may have nothing to ask yet. */
export function boundUnsent({ soonMillis, millis, most }: UnsentBounds = BOUNDS): ServerInterceptor {
  let late = 0
  return ({ requestStream: isStream }, call) => {
    if (isStream) return new ServerInterceptingCall(call)
    // The one that this interceptor is given stands on the stream itself, which is let go of by nothing else.
    const { stream } = call as unknown as { stream: ServerHttp2Stream }
    let timer: NodeJS.Timeout | undefined
    let isLate = false
    const over = (): void => {
      clearTimeout(timer)
      if (isLate) late--
      isLate = false
    }
    const end = (code: FaultCode): void => {
      over()
      call.sendStatus(failedCall(refuse(code, { most })))
      // Behind its answer.
      setImmediate(() => stream.close())
    }
    const notSoon = (): void => {
      if (late >= most) {
        end('request.no-room')
        return
      }
      late++
      isLate = true
      timer = setTimeout(end, millis - soonMillis, 'request.too-slow').unref()
    }
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata(metadata, go) {
            timer = setTimeout(notSoon, soonMillis).unref()
            go(metadata)
          },
          onReceiveMessage(message, go) {
            over()
            go(message)
          },
          onReceiveHalfClose(go) {
            over()
            go()
          },
          onCancel: over,
        }),
    })
  }
}
