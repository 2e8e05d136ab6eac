/** Commands on challengers: put in shadow beside a model in force, and ended. */
import { z } from 'zod'
import { name } from '../../schemas/kernel/name.ts'
import { endShadow, startShadow } from '../shadows.ts'
import { defineCommand } from './definition.ts'

const challenging = z.strictObject({ model: name, run: name })
type Challenging = z.infer<typeof challenging>

export const shadowStart = defineCommand<Challenging, Challenging & Readonly<{ artifact: string }>>({
  name: 'shadow.start',
  about:
    'Have the model of a run say what it would do beside a model in force, on paper: the gate must have reported on it, whatever it said.',
  input: challenging,
  permission: 'model.validate',
  async act(platform, what, act) {
    const handled = await startShadow(platform, what, act)
    const { artifact } = platform.folds.shadows.state().running[what.run] ?? { artifact: '' }
    return { ...handled, answer: { ...what, artifact } }
  },
})

export const shadowEnd = defineCommand<Challenging, Challenging>({
  name: 'shadow.end',
  about: 'End what a run says beside a model in force. What it said stays.',
  input: challenging,
  permission: 'model.validate',
  async act(platform, what, act) {
    return { ...(await endShadow(platform, what, act)), answer: what }
  },
})
