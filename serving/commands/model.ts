/** Commands on models: judged by the gate, opened on the holdout, put in force. */
import { z } from 'zod'
import { retiredBy } from '../../projections/model/registry.ts'
import type { Recorded } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import {
  depth,
  HoldoutOpened,
  Retired,
  RolledBack,
  type Service,
  service,
  ValidationRequested,
} from '../../schemas/events/model.ts'
import { HOLDOUT_TYPE } from '../../schemas/holdout.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { name } from '../../schemas/kernel/name.ts'
import { RETIREMENT_TYPE, type Retirement } from '../../schemas/retirement.ts'
import { ROLLBACK_TYPE, type Rollback } from '../../schemas/rollback.ts'
import { openHoldoutSigned, promote, requestValidation } from '../actions.ts'
import { retireSigned } from '../retire.ts'
import { rollBackSigned } from '../roll-back.ts'
import { openingOf, openingStatement, retirementStatement, rollbackStatement } from '../statements.ts'
import { trainAgain } from '../trainers/train.ts'
import { defineCommand } from './definition.ts'
import { outcomeOf } from './outcome.ts'
import { assertSame } from './recorded.ts'
import { reportOfRun, reportOn, standingRequest } from './reports.ts'

/** The model file, or how its digest begins. The only passed one where it is not told. */
export const artifactPrefix = z.string().optional()

type Report = NonNullable<ReturnType<typeof reportOfRun>>

const validating = z.strictObject({ model: name, run: name, depth: depth.default('full') })

export const modelValidate = defineCommand<z.infer<typeof validating>, Report>({
  name: 'model.validate',
  about: 'Have the gate judge a run as a candidate for a model.',
  input: validating,
  permission: 'model.validate',
  isLong: true,
  async act(platform, what, act) {
    await trainAgain(platform, what.run, act)
    const standing = await standingRequest(platform, what)
    const { position, changed } =
      standing === null
        ? await requestValidation(platform, what, act)
        : { position: standing, changed: false }
    if (!changed && standing === null) {
      const spent = { stream: `model-${what.model}`, commandId: act.commandId, command: 'model.validate' }
      const isSame = (event: Recorded) => isEvent(ValidationRequested, event) && event.data.run === what.run
      await assertSame(platform.log, spent, isSame)
    }
    const report = await outcomeOf(
      () => reportOfRun(platform, what.model, what.run),
      () => refuse('model.no-report', { model: what.model, artifact: what.run }),
    )
    return { position, changed, answer: report }
  },
})

const promoting = z.strictObject({
  model: name,
  artifact: artifactPrefix,
  /** `after` for a model that is asked and trades nothing. */
  service: service.default('durable'),
})

export const modelPromote = defineCommand<
  z.infer<typeof promoting>,
  Readonly<{ model: string; artifact: string; service: Service }>
>({
  name: 'model.promote',
  about: 'Put a model in force: it needs a passed report under the policy in force, and its quorum.',
  input: promoting,
  permission: 'model.promote',
  async act(platform, { model, artifact: wanted, service }, act) {
    const { artifact } = reportOn(platform, model, wanted)
    const handled = await promote(platform, { model, artifact, service }, act)
    const position = platform.folds.registry.state().models[model]?.live?.position ?? handled.position
    return { position, changed: handled.changed, answer: { model, artifact, service } }
  },
})

const said = z.strictObject({ model: name, artifact: artifactPrefix, member: name, reason: z.string() })
type Reported = Readonly<{ model: string; artifact: string; report: string; verdict: string }>

export const modelOpenHoldout = defineCommand<
  z.infer<typeof HoldoutOpened.data>,
  Reported,
  z.infer<typeof said>
>({
  name: 'model.open-holdout',
  about:
    'Open the final holdout for a model that passed, signed by a member of the committee; it counts for ever.',
  input: HoldoutOpened.data,
  permission: 'approval.sign',
  isLong: true,
  async act(platform, opening, act) {
    const { model, artifact } = opening
    const open = openingOf(platform, artifact)
    const asked = open === null ? null : { model, run: open.run, depth: 'full' as const }
    const isJudged = asked !== null && (await standingRequest(platform, asked)) !== null
    const { position, changed } =
      open !== null && isJudged
        ? { position: open.position, changed: false }
        : await openHoldoutSigned(platform, opening, act)
    const { report, verdict } = reportOn(platform, model, artifact)
    return { position, changed, answer: { model, artifact, report, verdict } }
  },
  prepare: {
    type: HOLDOUT_TYPE,
    input: said,
    async of(platform, { artifact: wanted, ...by }) {
      const { artifact } = reportOn(platform, by.model, wanted)
      return { statement: openingStatement(platform, { ...by, artifact }), already: null }
    },
  },
})

const rolling = z.strictObject({
  model: name,
  member: name,
  reason: z.string().min(1),
  /** The promotion that is rolled back from, by its log position: told, where that came by a roll-back itself. */
  inForce: z.int().optional(),
})

export const modelRollBack = defineCommand<
  Rollback,
  Readonly<{ model: string; artifact: string; inForce: number; former: number; promotion: number }>,
  z.infer<typeof rolling>
>({
  name: 'model.roll-back',
  about:
    'Put the model in force again that was before the one that is, signed by one member of the committee.',
  input: RolledBack.data,
  permission: 'approval.sign',
  async act(platform, rollback, act) {
    const { model, artifact, inForce, former } = rollback
    const { changed, ...handled } = await rollBackSigned(platform, rollback, act)
    const promotion = platform.folds.registry.state().models[model]?.live?.position ?? handled.position
    return { position: handled.position, changed, answer: { model, artifact, inForce, former, promotion } }
  },
  prepare: {
    type: ROLLBACK_TYPE,
    input: rolling,
    async of(platform, { inForce, ...said }) {
      const view = platform.folds.registry.state().models[said.model]
      // Asked for twice, it is done once, and not one further back.
      if (view?.live != null && view.isBack && inForce !== view.live.position)
        return { statement: null, already: view.live.position }
      return { statement: rollbackStatement(platform, said), already: null }
    },
  },
})

const retiring = z.strictObject({ model: name, member: name, reason: z.string().min(1) })

export const modelRetire = defineCommand<
  Retirement,
  Readonly<{ model: string; artifact: string; inForce: number; reason: string }>,
  z.infer<typeof retiring>
>({
  name: 'model.retire',
  about:
    'Take the model in force out of it with nothing in its place, signed by one member of the committee.',
  input: Retired.data,
  permission: 'approval.sign',
  async act(platform, retirement, act) {
    const { model, artifact, inForce, reason } = retirement
    const handled = await retireSigned(platform, retirement, act)
    return { ...handled, answer: { model, artifact, inForce, reason } }
  },
  prepare: {
    type: RETIREMENT_TYPE,
    input: retiring,
    async of(platform, said) {
      const view = platform.folds.registry.state().models[said.model]
      const retired = view === undefined ? null : retiredBy(view)
      if (retired !== null) return { statement: null, already: retired.position }
      return { statement: retirementStatement(platform, said), already: null }
    },
  },
})
