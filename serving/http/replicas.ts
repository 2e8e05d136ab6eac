/** What replicas hand in: answers of models, which the writer makes once more before it records them. For the owner of the folder alone. */
import type { FastifyInstance } from 'fastify'
import { refuse } from '../../schemas/kernel/fault.ts'
import { inputOf } from '../commands/perform.ts'
import type { Inference } from '../inference/inference.ts'
import { recorder } from '../inference/recorder.ts'
import type { Platform } from '../platform.ts'
import { recordAnswer, sentAnswer } from '../replica/answers.ts'
import { RECORD_PATH } from '../replica/replica.ts'
import type { RouteNotes } from './route.ts'

export function serveReplicas(
  server: FastifyInstance,
  platform: Pick<Platform, 'log' | 'lanes'>,
  { models }: Pick<Inference, 'models'>,
): void {
  const records = recorder(platform)
  const notes: RouteNotes = {
    permission: 'predict',
    about: 'Record what a replica of this server answered; the owner of the folder alone hands it in.',
    body: sentAnswer,
  }
  server.post(RECORD_PATH, { config: { notes } }, async ({ body, subject }) => {
    // Who is named as having asked is a claim of whoever sends it.
    if (!subject.roles.includes('owner'))
      throw refuse('access.denied', {
        subject: subject.name,
        roles: subject.roles.join(', ') || 'none',
        permission: 'owner',
      })
    return recordAnswer({ models, recorder: records }, inputOf('replica.answers', sentAnswer, body))
  })
}
