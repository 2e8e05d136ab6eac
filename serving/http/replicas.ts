/** What replicas hand in: answers of models, which the writer makes once more before it records them. For the owner of the folder alone. */
import type { FastifyInstance } from 'fastify'
import { refuse } from '../../schemas/kernel/fault.ts'
import { wallClock } from '../clock.ts'
import { inputOf } from '../commands/perform.ts'
import type { Inference } from '../inference/inference.ts'
import { recorder } from '../inference/recorder.ts'
import type { Platform } from '../platform.ts'
import { type Ground, recordAnswers, sentAnswers } from '../replica/answers.ts'
import { RECORD_PATH } from '../replica/replica.ts'
import type { RouteNotes } from './route.ts'

/** A turn's answers together have more than what anybody else sends at a time. */
const MOST_BYTES = 64 << 20

export async function serveReplicas(
  server: FastifyInstance,
  platform: Pick<Platform, 'log' | 'lanes' | 'store' | 'moment'>,
  { models, standing }: Pick<Inference, 'models' | 'standing'>,
): Promise<void> {
  const { store, moment } = platform
  const ground: Ground = {
    ...{ models, store, recorder: recorder(platform), position: standing.position },
    moments: () => [moment, wallClock].map((clock) => clock.nowMicros()),
  }
  const notes: RouteNotes = {
    permission: 'predict',
    about: 'Record what a replica of this server answered; the owner of the folder alone hands it in.',
    body: sentAnswers,
  }
  await server.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser(
      '*',
      { parseAs: 'string', bodyLimit: MOST_BYTES },
      scope.getDefaultJsonParser('error', 'error'),
    )
    // Who is named as having asked is a claim of whoever sends it. It is found out before anything is read.
    scope.addHook('onRequest', async ({ subject: { name, roles } }) => {
      if (roles.includes('owner')) return
      throw refuse('access.denied', { subject: name, roles: roles.join(', ') || 'none', permission: 'owner' })
    })
    scope.post(RECORD_PATH, { config: { notes } }, async ({ body }) =>
      recordAnswers(ground, inputOf('replica.answers', sentAnswers, body)),
    )
  })
}
