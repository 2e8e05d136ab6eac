/** A gRPC client of the Open Inference Protocol, as anybody writes one: the service's definition, and grpc-js. */
import {
  type ChannelCredentials,
  type Client,
  credentials,
  loadPackageDefinition,
  Metadata,
  type ServiceDefinition,
  type ServiceError,
} from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'

type Sent = Readonly<{
  authorization?: string
  headers?: Readonly<Record<string, string>>
  deadline?: number
}>
type Unary = (
  request: object,
  metadata: Metadata,
  options: object,
  answer: (error: ServiceError | null, reply: unknown) => void,
) => void

const OPTIONS = { keepCase: true, longs: Number, enums: String, defaults: true, oneofs: true } as const

export type Asker = Readonly<{
  // biome-ignore lint/suspicious/noExplicitAny: a reply is what its test says it is
  call: (method: string, request?: object, sent?: Sent) => Promise<any>
  client: Client
}>

const protoOf = (file: string): string =>
  new URL(`../../serving/grpc/${file}.proto`, import.meta.url).pathname

/** Reads the bytes of a method's reply. */
export function replyType(path: string): (bytes: Buffer) => unknown {
  const [, service, method] = path.split('/')
  const definition = loadSync(protoOf('inference'), OPTIONS)[service] as ServiceDefinition
  return definition[method].responseDeserialize
}

export function asker(
  address: string,
  file = 'inference',
  service = 'inference.GRPCInferenceService',
  by: ChannelCredentials = credentials.createInsecure(),
): Asker {
  const Service = service
    .split('.')
    .reduce<unknown>(
      (at, name) => (at as Record<string, unknown>)[name],
      loadPackageDefinition(loadSync(protoOf(file), OPTIONS)),
    )
  const client = new (Service as new (at: string, of: ChannelCredentials) => Client)(address, by)
  return {
    client,
    call(method, request = {}, { authorization, headers = {}, deadline } = {}) {
      const metadata = new Metadata()
      if (authorization !== undefined) metadata.set('authorization', authorization)
      for (const [name, value] of Object.entries(headers)) metadata.set(name, value)
      const options = deadline === undefined ? {} : { deadline: new Date(deadline) }
      const unary = (client as unknown as Record<string, Unary>)[method].bind(client)
      return new Promise((resolve, reject) =>
        unary(request, metadata, options, (error, reply) =>
          error === null ? resolve(reply) : reject(error),
        ),
      )
    },
  }
}

/** A float64 matrix as a request has it, raw. */
export const rawRequest = (model: string, values: readonly number[], columns: number) => ({
  model_name: model,
  inputs: [{ name: 'features', datatype: 'FP64', shape: [values.length / columns, columns] }],
  raw_input_contents: [Buffer.from(Float64Array.from(values).buffer)],
})

/** The float64 values of the first output. */
export const doublesIn = ({
  raw_output_contents: [raw],
}: {
  raw_output_contents: readonly Buffer[]
}): number[] => Array.from({ length: raw.length / 8 }, (_, i) => raw.readDoubleLE(i * 8))
