/** Every route of MLflow's that there is, but for the files themselves, which are no JSON. */
import { ABOUT_ROUTES } from './about.ts'
import { ARTIFACT_ROUTES } from './artifacts.ts'
import { EXPERIMENT_ROUTES } from './experiments.ts'
import { HISTORY_ROUTE } from './history.ts'
import { LOGGED_MODEL_ROUTES } from './logged-models.ts'
import { LOGGING_ROUTES } from './logging.ts'
import { REGISTRY_ROUTES } from './registry.ts'
import type { Route } from './route.ts'
import { RUN_ROUTES } from './runs.ts'
import { VERSION_ROUTES } from './versions.ts'

export const MLFLOW_ROUTES: readonly Route[] = [
  ...EXPERIMENT_ROUTES,
  ...RUN_ROUTES,
  ...LOGGING_ROUTES,
  HISTORY_ROUTE,
  ...LOGGED_MODEL_ROUTES,
  ...ARTIFACT_ROUTES,
  ...REGISTRY_ROUTES,
  ...VERSION_ROUTES,
  ...ABOUT_ROUTES,
]
