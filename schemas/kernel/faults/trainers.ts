/** Expected failures of trainers that are not built in: their commits, their environments, and the place where they run. */
import { type FaultRow, row } from './row.ts'

export const TRAINERS = {
  'experiment.trainer-built-in': row(
    409,
    'ALREADY_EXISTS',
    'The trainer {trainer} is a part of the platform. Admit yours under another name.',
  ),
  'experiment.trainer-exists': row(
    409,
    'ALREADY_EXISTS',
    'The trainer {trainer} is admitted already, from other code or to run elsewhere. It stays as it is: admit the new one under a new name.',
  ),
  'trainer.no-ray-pool': row(
    400,
    'INVALID_ARGUMENT',
    'There is no pool {pool} of kind ray, which says what a job has of a machine. Of that kind are: {known}. Name one with --pool, or write one to training.pools in asof.yaml.',
  ),
  'experiment.trainer-retired': row(
    409,
    'FAILED_PRECONDITION',
    'No trial is started with the trainer {trainer} any more: {author} retired it ({reason}). Admit another one under a name of its own: asof trainer FILE.',
  ),
  'experiment.unknown-trainer': row(
    404,
    'NOT_FOUND',
    'There is no trainer {trainer}. Built in are ridge and elastic-net; any other is admitted first (asof trainer FILE).',
  ),
  'experiment.other-code': row(
    409,
    'FAILED_PRECONDITION',
    'Run {run} does not name the commit and the environment that its trainer {trainer} was admitted with. Leave them out: the platform says them.',
  ),
  'experiment.trainer-failed': row(
    422,
    'FAILED_PRECONDITION',
    'The trainer {trainer} made no model: {problem}. The trial counts; correct the trainer, admit it under a new name, and start a new run.',
  ),
  'experiment.other-folds': row(
    409,
    'FAILED_PRECONDITION',
    'Run {run} was given models of {given} folds, and its training set has {needed}. Train it again under a new name.',
  ),
  'trainer.unknown-repository': row(
    404,
    'NOT_FOUND',
    'No repository {repository} is configured. asof.yaml has: {known}. Add it there under training.repositories.',
  ),
  'trainer.unknown-environment': row(
    404,
    'NOT_FOUND',
    'No environment {environment} is configured. asof.yaml has: {known}. Add it there under training.environments.',
  ),
  'trainer.unreadable-commit': row(
    422,
    'FAILED_PRECONDITION',
    'The commit {commit} of repository {repository} cannot be read: {problem}. Push it there, or name another.',
  ),
  'trainer.no-entry': row(
    422,
    'FAILED_PRECONDITION',
    'The commit {commit} has no file {path}. Name one that is in it, by its path from the root.',
  ),
  'trainer.too-large': row(
    413,
    'RESOURCE_EXHAUSTED',
    'The files of commit {commit} are {bytes} bytes and at most {most} are taken. Keep data out of the repository of a trainer.',
  ),
  'trainer.unreadable-environment': row(
    422,
    'FAILED_PRECONDITION',
    'The environment {environment} cannot be read: {problem}. Correct training.environments in asof.yaml.',
  ),
  'trainer.other-environment': row(
    409,
    'FAILED_PRECONDITION',
    'The environment {environment} is not what trainer {trainer} was admitted with: its digest was {admitted} and is {now}. Restore it, or admit the trainer again under a new name.',
  ),
  'trainer.no-sandbox': row(
    503,
    'FAILED_PRECONDITION',
    'No trainer can be run on this machine: {problem}. A trainer needs Linux with unshare, prlimit and setpriv (util-linux), and the right to make namespaces.',
  ),
  'trainer.ray-away': row(
    503,
    'UNAVAILABLE',
    'The Ray cluster at {url} cannot be used now: {problem}. See that it runs and that training.pools in asof.yaml names its dashboard; then ask again: what is under way there is found.',
  ),
  'trainer.ray-refused': row(
    502,
    'FAILED_PRECONDITION',
    'The Ray cluster at {url} refuses it: {problem}. See that training.pools in asof.yaml names its dashboard and its token.',
  ),
  'trainer.over-budget': row(
    429,
    'RESOURCE_EXHAUSTED',
    'The team {team} has spent {spent} of the {budget} that it has for {month}. Nothing was started: wait for the next month, or raise training.budgets in asof.yaml.',
  ),
} as const satisfies Record<string, FaultRow>
