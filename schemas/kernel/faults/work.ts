/** Expected failures of work under way: commands, lanes, what is set aside. */
import { type FaultRow, row } from './row.ts'

export const WORK = {
  'command.contended': row(
    409,
    'ABORTED',
    'Stream {stream} changed under the command {attempts} times. Try again when others write less to it.',
  ),
  'command.without-effect': row(
    409,
    'ABORTED',
    'Command {commandId} was used before, at position {position}, and the state that is asked for does not hold. Use another id.',
  ),
  'command.malformed': row(
    400,
    'INVALID_ARGUMENT',
    'What was sent to {command} is not right: {problems}. /openapi.json says what it takes.',
  ),
  'command.id-reused': row(
    409,
    'ALREADY_EXISTS',
    'The id {id} was given to another {command} before. Give each command its own id, and the same one only to repeat it.',
  ),
  'command.unknown': row(404, 'NOT_FOUND', 'There is no command {command}. There are: {commands}.'),
  'sample.folder-taken': row(
    409,
    'FAILED_PRECONDITION',
    'The platform in {folder} holds other data than the sample {sample}. Give it a folder of its own: --folder {folder}-{sample}.',
  ),
  'work.unknown': row(
    404,
    'NOT_FOUND',
    'There is no work {work}. GET /api/v1/work, or asof work, lists what there is.',
  ),
  'work.begun': row(
    409,
    'FAILED_PRECONDITION',
    '{work} cannot be cancelled: it stands in the log at position {position}, and what was begun is carried out and counts.',
  ),
  'work.over': row(
    409,
    'FAILED_PRECONDITION',
    '{work} is over: it was {state} before anything of it stood in the log. There is nothing left to cancel.',
  ),
  'work.cancelled': row(
    409,
    'ABORTED',
    '{work} was cancelled by {by}. What had begun by then stands in the log, and counts.',
  ),
  'quarantine.nothing-waits': row(
    404,
    'NOT_FOUND',
    'Nothing of {processor} at event {cause} waits in quarantine. asof quarantine lists what does.',
  ),
  'lane.poisoned': row(
    500,
    'INTERNAL',
    'The processor {processor} failed at more than {count} events, last at event {cause}: {reason}. Its lane has stopped. Mend the processor, and open the platform again; asof quarantine lists what was set aside.',
  ),
  'lane.alone': row(
    400,
    'FAILED_PRECONDITION',
    '--lanes says which lanes this machine works, and only a log on KurrentDB has several machines. Say where it is under kurrentdb in asof.yaml, or leave --lanes out.',
  ),
  'lane.elsewhere': row(
    409,
    'FAILED_PRECONDITION',
    'The {lane} lane is worked by {node}, and one machine acts at a time. Ask that one; or start this one with asof up --lanes, and it waits for its turn.',
  ),
  'lane.taken': row(
    503,
    'UNAVAILABLE',
    'The {lane} lane is worked by {node}: this machine was not heard of for too long, and nothing more is accepted here. Start it again: it waits for its turn.',
  ),
  'lane.lost': row(
    500,
    'INTERNAL',
    'The {lane} lane ended: {problem}. The rest goes on; what was asked of it is answered when the platform is opened again.',
  ),
} as const satisfies Record<string, FaultRow>
