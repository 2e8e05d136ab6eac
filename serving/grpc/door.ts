/** The door of every method: who asks is known, and may do what the method says, before its handler sees anything. */
import {
  type handleBidiStreamingCall,
  type handleUnaryCall,
  Metadata,
  type Server,
  type ServiceDefinition,
  type StatusObject,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js'
import { assert } from '../../schemas/kernel/assert.ts'
import { FAULTS, Refusal, refuse } from '../../schemas/kernel/fault.ts'
import type { Permission } from '../../schemas/permission.ts'
import type { Subject } from '../../schemas/role.ts'
import type { Access } from '../access/access.ts'
import type { Asking } from '../access/asking.ts'
import { FORWARDED, isLoopback, LOOPBACK, opensTo } from '../access/loopback.ts'
import { wallClock } from '../clock.ts'
import type { Caller } from '../inference/port.ts'
import { faultToTell } from '../named.ts'

/** What a call shows, whatever its kind. */
export type Call = Pick<
  Parameters<handleUnaryCall<unknown, unknown>>[0],
  'metadata' | 'getPeer' | 'getAuthContext' | 'getDeadline'
>

export type Door = Readonly<{
  /** @throws Refusal `access.unauthenticated`, `access.denied` */
  admit(call: Call, permission: Permission): Promise<Caller>
}>

/** @param isAlone whether nothing stands before this server: no proxy lets others in over loopback */
export function doorOf(access: Access, isAlone: boolean): Door {
  return {
    async admit(call, permission) {
      const asking = askingOf(call)
      const isForwarded = FORWARDED.some((name) => call.metadata.get(name).length > 0)
      const isOpen = isAlone && !isForwarded && opensTo(access.config, asking)
      const subject = isOpen ? LOOPBACK : await known(access, asking, permission)
      return { name: subject.name, isKnown: !isOpen, deadline: deadlineOf(call) }
    },
  }
}

async function known(access: Access, asking: Asking, permission: Permission): Promise<Subject> {
  const subject = await access.authenticate(asking)
  await access.authorize(subject, permission)
  return subject
}

function askingOf(call: Call): Asking {
  const { sslPeerCertificate: certificate } = call.getAuthContext()
  const name = certificate?.subject?.CN
  return {
    authorization: call.metadata.get('authorization').map(String),
    session: null,
    certificate:
      certificate !== undefined && typeof name === 'string'
        ? { name, expires: Date.parse(certificate.valid_to) * 1_000 }
        : null,
    // The address, without the port behind it.
    isLoopback: isLoopback(call.getPeer().replace(/:\d+$/, '')),
  }
}

/** The caller's own deadline, by the clock of `performance.now()`. */
function deadlineOf(call: Call): number {
  const deadline = Number(call.getDeadline())
  return deadline - wallClock.nowMicros() / 1_000 + performance.now()
}

/** A failure as gRPC tells it: the status of the one table of faults, its sentence, and its code in the trailer `asof-code`. */
export function failedCall(error: unknown): Error & StatusObject {
  const { code, message } = faultToTell(error)
  const metadata = new Metadata()
  metadata.set('asof-code', code)
  const name = FAULTS[code].grpc as keyof typeof status
  return Object.assign(new Error(message), {
    code: status[name] ?? status.UNKNOWN,
    details: inTrailer(message),
    metadata,
  })
}

/** Bytes of a sentence as it is sent, percent-encoded: gRPC's own clients take 8 KiB of metadata, and a trailer of more ends every call of a connection. */
const MOST_TRAILER = 6_000

function inTrailer(sentence: string): string {
  if (encodeURI(sentence.toWellFormed()).length <= MOST_TRAILER) return sentence
  let [told, left] = ['', MOST_TRAILER]
  for (const character of sentence.toWellFormed()) {
    left -= encodeURI(character).length
    if (left < 0) break
    told += character
  }
  return `${told}...`
}

/** A method: what it needs, and what it does. */
export type Method<I = never, O = unknown> = Readonly<{
  permission: Permission
  unary: (input: I, caller: Caller) => Promise<O>
  /** Holds the bytes of a message to a bound before it is decoded. @throws Error with what is wrong, Refusal where there is no room */
  check?: (bytes: Uint8Array) => void
}>

type Service = Readonly<{ definition: ServiceDefinition; methods: Readonly<Record<string, Method>> }>

/**
 * Adds a service each of whose methods says what it needs. A method that streams both ways answers message after message.
 * @throws Error for a method that does not say it: a programmer's error
 */
export function addGuarded(server: Pick<Server, 'addService'>, door: Door, service: Service): void {
  const handlers: UntypedServiceImplementation = {}
  for (const [name, { requestStream: isStream }] of Object.entries(service.definition)) {
    assert(Object.hasOwn(service.methods, name), `${name} does not say who may use it`)
    const method = service.methods[name] as Method<unknown>
    handlers[name] = isStream ? streamed(door, method) : answeredOnce(door, method)
  }
  server.addService(readable(service), handlers)
}

const answeredOnce =
  (door: Door, { permission, unary }: Method<unknown>): handleUnaryCall<unknown, unknown> =>
  (call, answer) => {
    const { request } = call
    // Where there is no room, nothing is done for anybody, whoever he is.
    if (request instanceof Unreadable && request.isOverload) return answer(failedCall(request.refusal))
    door
      .admit(call, permission)
      .then((caller) => {
        if (request instanceof Unreadable) throw request.refusal
        return unary(request, caller)
      })
      .then(
        (output) => answer(null, output),
        (error) => answer(failedCall(error)),
      )
  }

const WAKING = ['drain', 'cancelled', 'close']

/** Resolves when the other end takes more, or is gone. */
function written(
  call: Parameters<handleBidiStreamingCall<unknown, unknown>>[0],
  told: unknown,
): Promise<void> | undefined {
  if (call.cancelled || call.write(told)) return undefined
  return new Promise((resolve) => {
    const over = (): void => {
      for (const name of WAKING) call.off(name, over)
      resolve()
    }
    for (const name of WAKING) call.once(name, over)
  })
}

/** Whoever sends more before he was answered waits until he is. */
const MOST_IN_STREAM = 32

/** Whoever streams is held to the door with each message. What is no message ends the stream, and so does a token that was revoked. */
const streamed =
  (door: Door, { permission, unary }: Method<unknown>): handleBidiStreamingCall<unknown, unknown> =>
  (call) => {
    const one = async (request: unknown): Promise<unknown> => {
      const caller = await door.admit(call, permission)
      if (request instanceof Unreadable) throw request.refusal
      return unary(request, caller)
    }
    let isOver = false
    const fail = (error: unknown): void => {
      if (isOver || call.cancelled) return
      isOver = true
      call.emit('error', failedCall(error))
    }
    const all = async (): Promise<void> => {
      await door.admit(call, permission)
      let [last, waiting]: [Promise<void>, number] = [Promise.resolve(), 0]
      for await (const request of call) {
        const output = one(request)
        waiting++
        last = Promise.all([last, output]).then(([, told]) => {
          waiting--
          return written(call, told)
        })
        last.catch(fail)
        if (waiting >= MOST_IN_STREAM) await last
      }
      await last
      call.end()
    }
    all().catch(fail)
  }

/** What was not read: what is no message, which is the caller's mistake and told as one, and what there is no room for. */
class Unreadable {
  readonly refusal: Error
  readonly isOverload: boolean
  constructor(problem: unknown) {
    const why = problem instanceof Error ? problem.message : String(problem)
    this.isOverload = problem instanceof Refusal
    this.refusal =
      problem instanceof Refusal
        ? problem
        : refuse('request.malformed', { problem: `it is no message of its type (${why})` })
  }
}

/** Methods that hand on what they cannot read, where gRPC would call it a failure of the server. */
const readable = ({ definition, methods }: Service): ServiceDefinition =>
  Object.fromEntries(
    Object.entries(definition).map(([name, method]) => [
      name,
      {
        ...method,
        requestDeserialize(bytes: Buffer): unknown {
          try {
            methods[name].check?.(bytes)
            return method.requestDeserialize(bytes)
          } catch (error) {
            return new Unreadable(error)
          }
        },
      },
    ]),
  )

/** A server that lets nobody use a streaming method who may not do so much. */
export const guardedStreams = (
  server: Pick<Server, 'addService'>,
  door: Door,
  permission: Permission,
): Pick<Server, 'addService'> => ({
  addService(definition, handlers) {
    const guarded = Object.entries(handlers).map(([name, handler]) => [
      name,
      (call: Parameters<handleBidiStreamingCall<unknown, unknown>>[0]) => {
        door.admit(call, permission).then(
          () => (handler as handleBidiStreamingCall<unknown, unknown>)(call),
          (error) => call.emit('error', failedCall(error)),
        )
      },
    ])
    server.addService(definition, Object.fromEntries(guarded))
  },
})
