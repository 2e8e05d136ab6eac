/** `inference.GRPCInferenceService`: the Open Inference Protocol over gRPC. */
import { deadlineOf, questionOf } from '../inference/asked.ts'
import { configOf, metadataOf, repositoryOf, SERVER, statisticsOf } from '../inference/described.ts'
import type { Inference } from '../inference/inference.ts'
import type { Caller } from '../inference/port.ts'
import { faultToTell } from '../named.ts'
import { assertCounted } from './counted.ts'
import type { Method } from './door.ts'
import { askedIn, type InferRequest, messageOf } from './messages.ts'

type Named = Readonly<{ name: string; version: string }>

const reading = <I, O>(unary: (input: I) => Promise<O>): Method<I, O> => ({ permission: 'read', unary })

const isSo = (work: () => unknown): Promise<boolean> =>
  Promise.resolve()
    .then(work)
    .then(
      () => true,
      () => false,
    )

export const inferenceMethods = (inference: Inference): Readonly<Record<string, Method>> => {
  const { models, standing } = inference
  return {
    ServerLive: reading(async () => ({ live: true })),
    ServerReady: reading(async () => ({ ready: await isSo(() => standing.assertReady()) })),
    // As Triton: what there is not, is not ready.
    ModelReady: reading(async ({ name, version }: Named) => ({
      ready: await isSo(() => models.find(name, version)),
    })),
    ServerMetadata: reading(async () => SERVER),
    ModelMetadata: reading(async ({ name, version }: Named) => metadataOf(await models.find(name, version))),
    ModelConfig: reading(async ({ name, version }: Named) => ({
      config: configOf(await models.find(name, version)),
    })),
    ModelStatistics: reading(async ({ name, version }: Named) => ({
      model_stats: await statisticsOf(inference, name, version),
    })),
    RepositoryIndex: reading(async ({ ready }: Readonly<{ ready: boolean }>) => {
      const all = await repositoryOf(inference)
      return { models: ready ? all.filter(({ state }) => state === 'READY') : all }
    }),
    ModelInfer: {
      permission: 'predict',
      check(bytes) {
        inference.assertRoom()
        assertCounted(bytes)
      },
      unary: (request: InferRequest, caller) => infer(inference, request, caller),
    },
    ModelStreamInfer: {
      permission: 'predict',
      check: assertCounted,
      unary: (request: InferRequest, caller) =>
        infer(inference, request, caller).then(
          (infer_response) => ({ error_message: '', infer_response }),
          (error) => ({ error_message: faultToTell(error).message, infer_response: { id: request.id } }),
        ),
    },
  }
}

async function infer(inference: Inference, request: InferRequest, known: Caller) {
  const asked = askedIn(request)
  const caller = { ...known, deadline: Math.min(known.deadline, deadlineOf(asked, performance.now())) }
  return messageOf(await inference.answer(questionOf(asked, caller), caller), asked.outputs)
}
