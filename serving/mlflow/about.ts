/** What a client asks of the server itself, and what of MLflow is not kept here. */
import { z } from 'zod'
import { refuse } from '../../schemas/kernel/fault.ts'
import { defineRoute, type Route } from './route.ts'

/** The release of MLflow whose routes these are. */
export const MLFLOW_VERSION = '3.17.2'

export const ABOUT_ROUTES: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: '/api/3.0/mlflow/server-info',
    permission: 'read',
    about: 'MLflow: what the server can do.',
    input: z.unknown(),
    answer: async () => ({
      store_type: 'Asof',
      workspaces_enabled: false,
      trace_archival_enabled: false,
      multipart_uploads_enabled: false,
      multipart_downloads_enabled: false,
    }),
  }),
  defineRoute({
    method: 'POST',
    path: '/api/3.0/mlflow/traces',
    permission: 'experiment.run',
    about: 'MLflow: traces of language models, which are not kept.',
    input: z.unknown(),
    async answer() {
      throw refuse('tracking.not-kept', {
        problem: 'Traces of language models are not kept here',
        remedy: 'Turn tracing off (MLFLOW_ENABLE_TRACING=false), or send traces elsewhere.',
      })
    },
  }),
]
