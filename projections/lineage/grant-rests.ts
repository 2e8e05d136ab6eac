/** What grants rest on, and what went out under them. */

import { EgressAlarmed, LiftApproved, Suspended } from '../../schemas/events/egress.ts'
import { SetDefined } from '../../schemas/events/feature.ts'
import {
  AccessReleased,
  Delivered,
  EmergencyReviewed,
  GrantApproved,
  GrantRequested,
  GrantRevoked,
  Withheld,
} from '../../schemas/events/grant.ts'
import { GateReported, Promoted } from '../../schemas/events/model.ts'
import type { Citing } from './reference.ts'
import { AMONG, DECIDED, READ } from './sources.ts'

const requested = (it: Citing): void => void it.latest(DECIDED, GrantRequested.type, it.name)
const approved = (it: Citing): void => void it.latest(DECIDED, GrantApproved.type, it.name)

export const GRANT_ROWS: Readonly<Record<string, (citing: Citing) => void>> = {
  [GrantApproved.type]: requested,
  [GrantRevoked.type]: requested,
  [EmergencyReviewed.type]: approved,
  [AccessReleased.type](it) {
    if (it.fact('grant') !== '') it.latest(DECIDED, GrantApproved.type, `${it.name}/${it.fact('grant')}`)
    const item = it.fact('item')
    const of = item.slice(item.indexOf(':') + 1)
    if (item.startsWith('features:')) it.latest(READ, SetDefined.type, of)
    if (item.startsWith('model:')) it.latest(READ, Promoted.type, of)
    if (item.startsWith('report:')) it.all(AMONG, GateReported.type)
  },
  [Delivered.type]: (it) => it.every(AMONG, AccessReleased.type, it.name),
  [EgressAlarmed.type](it) {
    // Peers' downloads are among what it was held against.
    for (const key of it.places.keysOf(AccessReleased.type))
      it.part(AMONG, key, [0, it.places.countBefore(key, it.position)])
    it.every(AMONG, Withheld.type, it.name)
  },
  [Suspended.type]: (it) => void it.latest(DECIDED, EgressAlarmed.type, it.name),
  [LiftApproved.type]: (it) => void it.latest(DECIDED, Suspended.type, it.name),
}
