/** gRPC's health checks, for load balancers and orchestrators. */
import type { handleServerStreamingCall, handleUnaryCall, Server } from '@grpc/grpc-js'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { LiveStanding } from '../inference/live.ts'
import { HEALTH, INFERENCE, serviceOf } from './definitions.ts'
import { type Door, failedCall } from './door.ts'

type Asked = Readonly<{ service: string }>
type Status = Readonly<{ status: 'SERVING' | 'NOT_SERVING' | 'SERVICE_UNKNOWN' }>

const EVERY_MILLIS = 1_000
/** Whoever watches holds a stream for as long as he likes. */
const MOST_WATCHING = 100

const SERVICES = ['', INFERENCE, HEALTH]

export function addHealth(server: Pick<Server, 'addService'>, door: Door, standing: LiveStanding): void {
  let watching = 0

  const statusOf = ({ service }: Asked): Status => {
    if (!SERVICES.includes(service)) return { status: 'SERVICE_UNKNOWN' }
    try {
      standing.assertReady()
      return { status: 'SERVING' }
    } catch {
      return { status: 'NOT_SERVING' }
    }
  }

  const check: handleUnaryCall<Asked, Status> = (call, answer) => {
    door.admit(call, 'read').then(
      () => {
        const told = statusOf(call.request)
        const { service: method } = call.request
        if (told.status !== 'SERVICE_UNKNOWN') answer(null, told)
        else answer(failedCall(refuse('route.unknown', { method: 'the service', path: method })))
      },
      (error) => answer(failedCall(error)),
    )
  }

  const watch: handleServerStreamingCall<Asked, Status> = (call) => {
    let last = ''
    const tell = (): void => {
      door.admit(call, 'read').then(
        () => {
          const told = statusOf(call.request)
          if (told.status !== last && !call.cancelled) call.write(told)
          last = told.status
        },
        (error) => call.emit('error', failedCall(error)),
      )
    }
    if (watching >= MOST_WATCHING) {
      call.emit('error', failedCall(refuse('stream.too-many', { most: MOST_WATCHING })))
      return
    }
    watching++
    const timer = setInterval(tell, EVERY_MILLIS).unref()
    let isOver = false
    const over = (): void => {
      clearInterval(timer)
      if (!isOver) watching--
      isOver = true
    }
    call.on('cancelled', over).on('close', over).on('error', over)
    tell()
  }

  server.addService(serviceOf(HEALTH), { Check: check, Watch: watch })
}
