/** The services that are spoken over gRPC, as their definitions beside this file have them. */
import { join } from 'node:path'
import type { ServiceDefinition } from '@grpc/grpc-js'
import { loadSync, type PackageDefinition } from '@grpc/proto-loader'
import { assert } from '../../schemas/kernel/assert.ts'

/** Names as they are written, whole numbers as numbers (what is beyond the safe ones is refused where it is used), fields that are missing as their defaults. */
const OPTIONS = { keepCase: true, longs: Number, enums: String, defaults: true, oneofs: true } as const

export const DEFINITIONS: PackageDefinition = loadSync(
  ['inference.proto', 'health.proto'].map((file) => join(import.meta.dirname, file)),
  OPTIONS,
)

export const INFERENCE = 'inference.GRPCInferenceService'
export const HEALTH = 'grpc.health.v1.Health'

export function serviceOf(name: string): ServiceDefinition {
  const found = DEFINITIONS[name]
  assert(found !== undefined && !('format' in found), `${name} is a service`)
  return found as ServiceDefinition
}
