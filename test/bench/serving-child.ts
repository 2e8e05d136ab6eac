/**
 * A server of the bench in a process of its own: `asof`, the doors over a model in force; or `echo`, bare grpc-js and ONNX Runtime with
 * the same definitions and the same file, that lets anybody in and records nothing.
 */
import {
  loadPackageDefinition,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type sendUnaryData,
} from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { serveGrpc } from '../../serving/grpc/server.ts'
import { inferenceOf } from '../../serving/inference/inference.ts'
import { DECIDED, inForce } from '../support/in-force.ts'
import { MODEL } from '../support/small-platform.ts'
import { ECHO_FILE } from './echo-file.ts'

const PROTO = new URL('../../serving/grpc/inference.proto', import.meta.url).pathname

export type Ready = Readonly<{ address: string; authorization: string; model: string; asOf: number }>

let outcomes: ReadonlyMap<string, number> = new Map()

async function asof(): Promise<Ready> {
  const { platform, server } = await inForce()
  const listen = { host: '127.0.0.1', port: 0, access: server.access, isAlone: true }
  const inference = inferenceOf(platform)
  outcomes = inference.statistics.outcomes
  const { address } = await serveGrpc({ ...listen, inference })
  return { address, ...server.owner, model: MODEL, asOf: DECIDED }
}

type Call = ServerUnaryCall<{ raw_input_contents: Buffer[] }, object>

async function echo(): Promise<Ready> {
  const session = await InferenceSession.create(ECHO_FILE, { intraOpNumThreads: 1, interOpNumThreads: 1 })
  const definition = loadSync(PROTO, { keepCase: true, longs: Number, defaults: true, oneofs: true })
  const { inference } = loadPackageDefinition(definition) as unknown as {
    inference: { GRPCInferenceService: { service: Parameters<Server['addService']>[0] } }
  }
  const server = new Server()
  server.addService(inference.GRPCInferenceService.service, {
    async ModelInfer({ request }: Call, answer: sendUnaryData<object>) {
      const [raw] = request.raw_input_contents
      const values = new Float64Array(raw.length / 8)
      new Uint8Array(values.buffer).set(raw)
      const { score } = await session.run({ features: new Tensor('float64', values, [values.length / 2, 2]) })
      const bytes = Buffer.from((score.data as Float64Array).buffer)
      const outputs = [{ name: 'score', datatype: 'FP64', shape: [values.length / 2, 1] }]
      answer(null, { model_name: 'echo', outputs, raw_output_contents: [bytes] })
    },
  })
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  )
  return { address: `127.0.0.1:${port}`, authorization: '', model: 'echo', asOf: 0 }
}

const ready = process.argv[2] === 'echo' ? await echo() : await asof()
process.on('message', () =>
  process.send?.({
    cpuMicros: cpuMicros(),
    rssMb: process.memoryUsage.rss() / 1e6,
    outcomes: Object.fromEntries(outcomes),
  }),
)
process.on('disconnect', () => process.exit())
process.send?.(ready)

function cpuMicros(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}
